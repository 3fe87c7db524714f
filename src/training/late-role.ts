import type { Arm } from '../azure/arm.ts';
import { rolesHeld } from '../azure/roles.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { registryOf, storageAccountOf } from '../terraform/resource-ids.ts';
import type { Training } from './index.ts';

/**
 * A role may take ten minutes until it works everywhere (learn.microsoft.com, "Troubleshoot Azure
 * RBAC", role assignment changes), and nobody can ask for the rights of another identity: the job
 * itself is the question.
 */
const SETTLING_MILLISECONDS = 20 * 60_000;

/** What AML and storage say where a right is missing: words of public issues, and HTTP's own. */
const lacksRight =
  /AcrRefreshToken|unauthorized|(may|allowed|authorized) not|not (allowed|authorized|permitted)|AuthorizationPermissionMismatch|AuthorizationFail|AccessDenied|\b40[13]\b/i;

/** Whether a training may have failed only because a role of the cluster has not taken effect yet. */
export async function mayBeLateRole(
  { problem }: Pick<Training, 'problem'>,
  outputs: Outputs,
  arm: Arm,
  now: number,
): Promise<boolean> {
  if (problem === undefined || !lacksRight.test(problem.message)) return false;
  const targets = [registryOf(outputs), storageAccountOf(outputs)];
  const lists = await Promise.all(
    targets.map((target) => rolesHeld(arm, target, outputs.clusterIdentityPrincipalId)),
  );
  const made = lists.flat().map(({ properties }) => Date.parse(properties?.createdOn ?? ''));
  return made.some((at) => now - at < SETTLING_MILLISECONDS);
}
