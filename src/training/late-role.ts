import type { Arm } from '../azure/arm.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Training } from './index.ts';

/**
 * A role may take ten minutes until it works everywhere (learn.microsoft.com, "Troubleshoot Azure
 * RBAC", role assignment changes), and nobody can ask for the rights of another identity: the job
 * itself is the question.
 */
const SETTLING_MILLISECONDS = 20 * 60_000;

const api = '2022-04-01';

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
  const group = `/subscriptions/${outputs.subscriptionId}/resourceGroups/${outputs.resourceGroup}/providers`;
  const targets = [
    `${group}/Microsoft.ContainerRegistry/registries/${outputs.registryName}`,
    `${group}/Microsoft.Storage/storageAccounts/${outputs.storageAccountName}`,
  ];
  const filter = encodeURIComponent(`assignedTo('${outputs.clusterIdentityPrincipalId}')`);
  const lists = await Promise.all(
    targets.map((target) =>
      arm.list(
        `${target}/providers/Microsoft.Authorization/roleAssignments?$filter=${filter}`,
        api,
      ),
    ),
  );
  const made = lists.flat().map(({ properties }) => Date.parse(String(properties?.['createdOn'])));
  return made.some((at) => now - at < SETTLING_MILLISECONDS);
}
