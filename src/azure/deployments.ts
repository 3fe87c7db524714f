import { createHash } from 'node:crypto';
import type {
  DeploymentExtended,
  DeploymentsClient,
  WhatIfOperationResult,
} from '@azure/arm-resourcesdeployments';
import type { Toolbox } from '../toolbox/index.ts';
import { deploymentsClient } from './clients.ts';
import type { ClientLogin } from './clients.ts';
import { AzureProblem, codeOf, innermost } from './explain.ts';
import { isLost } from './patience.ts';
import { explained } from './sdk-errors.ts';
import { startWatch } from './waiting.ts';

type Tools = Pick<Toolbox, 'clock' | 'log' | 'cancelled'>;

/** A deployment of one template to one resource group. */
export interface TemplateDeployment {
  readonly group: string;
  /** Unique per run, at most 64 characters: Azure keeps one deployment per name. */
  readonly name: string;
  /** The decoded template. */
  readonly template: unknown;
  /** Plain values by parameter name. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What is deployed, for log and errors. */
  readonly what: string;
  readonly deadlineSeconds: number;
}

/** A name that is unique per run, attempt and content: no deployment ever meets another one of its name. */
export function deploymentName(
  what: string,
  content: Pick<TemplateDeployment, 'template' | 'parameters'>,
  { runner }: Pick<Toolbox, 'runner'>,
): string {
  const { runId, runAttempt } = runner.context;
  const text = JSON.stringify([content.template, content.parameters]);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return `innereye-${what}-${runId}-${runAttempt}-${digest}`;
}

/** What a deployment would do to one resource. */
export interface PredictedChange {
  readonly resourceId: string;
  /** Create, Delete, Modify, Deploy, NoChange, Ignore or Unsupported. */
  readonly change: string;
  readonly delta: readonly {
    readonly path: string;
    readonly before: unknown;
    readonly after: unknown;
  }[];
}

/** Reads that may fail in a row while a deployment runs. */
const toleratedMisses = 5;

/**
 * Deploys a template (mode Incremental), waits, and gives its outputs by name. A failure names the
 * first resource that failed and the innermost cause.
 */
export async function deployTemplate(
  login: ClientLogin,
  wanted: TemplateDeployment,
  tools: Tools,
): Promise<Readonly<Record<string, unknown>>> {
  const client = await deploymentsClient(login, tools);
  const { group, name, what } = wanted;
  try {
    await explained(what, () =>
      client.deployments
        .createOrUpdate(group, name, { properties: propertiesOf(wanted) })
        .submitted(),
    );
  } catch (error) {
    // Begun by a step of this very attempt that was stopped; the name stands for the content.
    if (codeOf(error) !== 'DeploymentActive') throw error;
    tools.log.info(`${what}: the deployment ${name} is under way already, and is followed.`);
  }
  const ended = await untilEnded(client, wanted, tools);
  if (ended.properties?.provisioningState !== 'Succeeded') {
    throw await firstCause(client, wanted, ended);
  }
  const outputs = (ended.properties.outputs ?? {}) as Record<string, { value?: unknown }>;
  return Object.fromEntries(Object.entries(outputs).map(([key, { value }]) => [key, value]));
}

/** What the deployment would change, by Azure's what-if; needs no right to write. Nothing is changed. */
export async function whatIf(
  login: ClientLogin,
  wanted: TemplateDeployment,
  tools: Tools,
): Promise<readonly PredictedChange[]> {
  const client = await deploymentsClient(login, tools);
  const { group, name, what, deadlineSeconds } = wanted;
  const result = await explained(what, async () => {
    const poller = client.deployments.whatIf(group, name, {
      properties: { ...propertiesOf(wanted), validationLevel: 'ProviderNoRbac' },
    });
    await poller.submitted();
    const watch = startWatch({ what, deadlineSeconds }, tools);
    while (!poller.isDone) {
      await watch.pause('in progress');
      await poller.poll();
    }
    return poller.result;
  });
  const cause = innermost(result?.error);
  if (cause) throw new AzureProblem(what, cause, 200);
  return (result?.changes ?? []).map(predicted);
}

type Change = NonNullable<WhatIfOperationResult['changes']>[number];

function predicted({ resourceId, changeType, delta }: Change): PredictedChange {
  return {
    resourceId: resourceId ?? '',
    change: changeType,
    delta: (delta ?? []).map(({ path, before, after }) => ({
      path,
      before: before as unknown,
      after: after as unknown,
    })),
  };
}

function propertiesOf({ template, parameters }: TemplateDeployment): {
  mode: 'Incremental';
  template: unknown;
  parameters: Record<string, { value: unknown }>;
} {
  const values = Object.entries(parameters).map(([name, value]) => [name, { value }]);
  return {
    mode: 'Incremental',
    template,
    parameters: Object.fromEntries(values) as Record<string, { value: unknown }>,
  };
}

/** Asks for the deployment itself: that answer outlives the addresses of its operation. */
async function untilEnded(
  client: DeploymentsClient,
  wanted: TemplateDeployment,
  tools: Tools,
): Promise<DeploymentExtended> {
  const { group, name, what, deadlineSeconds } = wanted;
  const watch = startWatch({ what, deadlineSeconds }, tools);
  let seen = 'Accepted';
  for (let misses = 0; ;) {
    await watch.pause(seen);
    const found = await lookAt(client, group, name);
    if (found instanceof Error) {
      misses += 1;
      if (misses > toleratedMisses) throw found;
      continue;
    }
    misses = 0;
    seen = found.properties?.provisioningState ?? 'unknown';
    if (/^(succeeded|failed|cancell?ed)$/i.test(seen)) return found;
  }
}

async function lookAt(
  client: DeploymentsClient,
  group: string,
  name: string,
): Promise<DeploymentExtended | Error> {
  try {
    return await explained(`Reading deployment ${name}`, () => client.deployments.get(group, name));
  } catch (error) {
    if (error instanceof AzureProblem && (error.status === 404 || error.status >= 500))
      return error;
    if (error instanceof Error && isLost(error)) return error;
    throw error;
  }
}

/** The failed operation that says most: a resource's own error before that of a nested deployment. */
async function firstCause(
  client: DeploymentsClient,
  { group, name, what }: TemplateDeployment,
  ended: DeploymentExtended,
): Promise<AzureProblem> {
  const failed: { resource: string; nested: boolean; error: unknown }[] = [];
  await explained(what, async () => {
    for await (const { properties } of client.deploymentOperations.list(group, name)) {
      if (!/^(failed|cancell?ed)$/i.test(properties?.provisioningState ?? '')) continue;
      const { resourceType = '', resourceName = '' } = properties?.targetResource ?? {};
      failed.push({
        resource: `${resourceType} ${resourceName}`.trim(),
        nested: /\/deployments$/i.test(resourceType),
        error: properties?.statusMessage,
      });
    }
  });
  const first = failed.find(({ nested }) => !nested) ?? failed[0];
  const state = ended.properties?.provisioningState ?? 'Failed';
  const cause = innermost(first?.error) ??
    innermost(ended.properties?.error) ?? {
      code: `Deployment${state}`,
      message: `Azure ended the deployment ${name} as "${state}" and says no more.`,
    };
  const where = first?.resource ? `${what}: ${first.resource}` : what;
  return new AzureProblem(where, cause, 200, ended.properties?.correlationId);
}
