import { apis } from '../azure/api-versions.ts';
import type { Arm, Resource } from '../azure/arm.ts';
import type { AzureError } from '../azure/explain.ts';
import { AzureProblem, innermost, isWrapper } from '../azure/explain.ts';
import { waitUntil } from '../azure/waiting.ts';
import { Problem } from '../errors.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** Why a compute is not what it should be, in its own words. */
export interface ComputeFailure {
  readonly path: string;
  /** Undefined where the compute is marked as failed and gives no reason. */
  readonly cause: AzureError | undefined;
}

/**
 * The computes among these that ARM shows as failed. Machine Learning gives the reason in the compute
 * itself (`provisioningErrors`, Computes_Get), often in no error of the deployment.
 */
export async function failedComputes(
  paths: readonly string[],
  arm: Pick<Arm, 'get'>,
): Promise<readonly ComputeFailure[]> {
  const found = await Promise.all(
    paths.map(async (path) => ({ path, compute: await arm.get(path, apis.machineLearning) })),
  );
  return found.flatMap(({ path, compute }) =>
    /^(failed|cancell?ed)$/i.test(textOf(compute, 'provisioningState'))
      ? [{ path, cause: causeIn(compute) }]
      : [],
  );
}

/**
 * What to say of a deployment of computes that failed: what the deployment says, unless that is only
 * that something failed, and each compute's own reason where that is another one.
 */
export function failureProblem(
  failures: readonly ComputeFailure[],
  deployment: AzureProblem | undefined,
): Problem {
  const own = failures
    .flatMap(({ path, cause }) =>
      cause === undefined ? [] : [new AzureProblem(`Compute ${nameOf(path)}`, cause, 200)],
    )
    .filter(({ code }) => code !== deployment?.code);
  const said = deployment !== undefined && (own.length === 0 || !isWrapper(deployment.code));
  const problems = said ? [deployment, ...own] : own;
  const [first, ...others] = problems;
  if (first === undefined) return unexplained(failures);
  if (others.length === 0) return first;
  const next = [...new Set(problems.map((problem) => problem.next))].join(' ');
  const what = problems.map((problem) => problem.message.split('\nNext: ')[0]).join('\n');
  return new Problem(what, next, { anchor: first.anchor ?? 'azure-errors' });
}

/** Waits while a run that was stopped, or Azure itself, still works on one of these computes. */
export async function untilAtRest(
  paths: readonly string[],
  arm: Pick<Arm, 'get'>,
  tools: Pick<Toolbox, 'clock' | 'log'>,
): Promise<void> {
  const isAtRest = async (): Promise<true | undefined> => {
    const found = await Promise.all(paths.map((path) => arm.get(path, apis.machineLearning)));
    const busy = found.some((compute) => /ing$/i.test(textOf(compute, 'provisioningState')));
    return busy ? undefined : true;
  };
  await waitUntil('computes that are still being changed', isAtRest, 3600, tools);
}

/**
 * Deletes an instance whose creation failed: nothing was ever on it, it cannot be mended, and its
 * name is in the way of the next one (dotnet/machinelearning-modelbuilder#540). A cluster is mended
 * by deploying it again.
 */
export async function removeFailedInstance(path: string, arm: Arm): Promise<boolean> {
  const instance = await arm.get(path, apis.machineLearning);
  const inner = instance?.properties?.['properties'] as { readonly state?: unknown } | undefined;
  const neverMade =
    /^failed$/i.test(textOf(instance, 'provisioningState')) && inner?.state === 'CreateFailed';
  if (!neverMade) return false;
  const wait = { what: `compute ${nameOf(path)} to go`, deadlineSeconds: 1800 };
  await arm.delete(`${path}?underlyingResourceAction=Delete`, apis.machineLearning, wait);
  return true;
}

function causeIn(compute: Resource | undefined): AzureError | undefined {
  const errors = compute?.properties?.['provisioningErrors'];
  const causes = Array.isArray(errors) ? errors.map((one) => innermost(one)) : [];
  return causes.find((cause) => cause !== undefined);
}

function textOf(compute: Resource | undefined, name: string): string {
  const value = compute?.properties?.[name];
  return typeof value === 'string' ? value : '';
}

function nameOf(path: string): string {
  return path.split('/').at(-1) ?? path;
}

function unexplained(failures: readonly ComputeFailure[]): Problem {
  const names = failures.map(({ path }) => nameOf(path)).join(' and ');
  return new Problem(
    `Azure shows ${names} as failed, and gives no reason.`,
    'look at it in the Machine Learning studio (Compute), then run deploy with the stage compute again.',
    { anchor: 'quota' },
  );
}
