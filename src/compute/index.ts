import { apis } from '../azure/api-versions.ts';
import type { Resource } from '../azure/arm.ts';
import type { TemplateDeployment } from '../azure/deployments.ts';
import { deploymentName, deployTemplate } from '../azure/deployments.ts';
import type { Difference } from '../azure/difference.ts';
import { AzureProblem } from '../azure/explain.ts';
import type { Template } from '../azure/template.ts';
import { Cancelled, Problem } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { differencesOf, personDifference } from './check.ts';
import { failedComputes, failureProblem, removeFailedInstance, untilAtRest } from './failure.ts';
import type { ComputeParameters } from './parameters.ts';
import { computeParameters } from './parameters.ts';
import { readTemplate } from './template.ts';

/** The computes of an environment. */
export interface Computes {
  readonly clusterId: string;
  /** Undefined where no person was named for it. */
  readonly instanceId: string | undefined;
  /** Whether this run deployed anything. */
  readonly changed: boolean;
}

/**
 * Deploys the AML cluster, and the compute instance where a person is named for it. Where ARM says
 * that they are what the template would make them, nothing is deployed.
 */
export async function deployComputes(
  outputs: Outputs,
  settings: Settings,
  session: Session,
  tools: Toolbox,
  deploy: typeof deployTemplate = deployTemplate,
): Promise<Computes> {
  const plan = await planOf(outputs, settings, tools);
  const computes = {
    clusterId: plan.clusterPath,
    instanceId: plan.withInstance ? plan.instancePath : undefined,
  };
  if (!plan.withInstance) {
    tools.log.info('No compute instance: the input instance-user names nobody it would be for.');
  }
  await untilAtRest(pathsOf(plan), session.arm, tools);
  if ((await compare(plan, session)).length === 0) {
    tools.log.info('Computes: unchanged, nothing to deploy.');
    return { ...computes, changed: false };
  }
  if (plan.withInstance && (await removeFailedInstance(plan.instancePath, session.arm))) {
    tools.log.info('The compute instance, whose creation had failed, was deleted to be made anew.');
  }
  await refuseAnothersInstance(plan, session);
  await deployed(plan, outputs, session, tools, deploy);
  return { ...computes, changed: true };
}

/**
 * To deploy over an instance that is another person's might take it from them with all that is on it
 * (Computes_CreateOrUpdate: "This call will overwrite a compute if it exists").
 */
async function refuseAnothersInstance(plan: Plan, { arm }: Session): Promise<void> {
  if (!plan.withInstance) return;
  const instance = await arm.get(plan.instancePath, apis.machineLearning);
  const [another] = personDifference(instance, plan.parameters);
  if (another === undefined) return;
  throw new Problem(
    `The compute instance ${another.resource} is for ${another.found}, and instance-user names ${another.wanted}. Nothing was deployed to it.`,
    'name its person in instance-user, or nobody to leave it as it is; to give it to another one, delete it in the Machine Learning studio (Compute), with all that is only on it, and deploy again.',
    { anchor: 'azure-errors' },
  );
}

/** Deploys, and asks the computes themselves how they are: what went wrong they say best. */
async function deployed(
  plan: Plan,
  outputs: Outputs,
  session: Session,
  tools: Toolbox,
  deploy: typeof deployTemplate,
): Promise<void> {
  const paths = pathsOf(plan);
  try {
    await deploy(session, deploymentOf(plan, outputs, tools), tools);
  } catch (error) {
    if (!(error instanceof AzureProblem)) throw error;
    // Where they cannot be asked, what the deployment says must not be lost.
    const asked = failedComputes(paths, session.arm).catch((lost: unknown) => {
      if (lost instanceof Cancelled) throw lost;
      return [];
    });
    throw failureProblem(await asked, error);
  }
  const failures = await failedComputes(paths, session.arm);
  if (failures.length > 0) throw failureProblem(failures, undefined);
}

/** What a deploy would send, for a look at what it would change. */
export async function computesDeployment(
  outputs: Outputs,
  settings: Pick<Settings, 'instanceUser'>,
  tools: Toolbox,
): Promise<TemplateDeployment> {
  return deploymentOf(await planOf(outputs, settings, tools), outputs, tools);
}

/** What ARM says of the computes against what the template would set; empty where they agree. */
export async function checkComputes(
  outputs: Outputs,
  settings: Settings,
  session: Session,
  tools: Toolbox,
): Promise<readonly Difference[]> {
  return compare(await planOf(outputs, settings, tools), session);
}

/**
 * Deletes cluster and instance with their machines, side by side, and waits: a workspace and a
 * subnet that still have computes cannot be destroyed.
 */
export async function removeComputes(
  outputs: Outputs,
  session: Session,
  tools: Pick<Toolbox, 'log'>,
): Promise<void> {
  const names = [outputs.computeClusterName, outputs.computeInstanceName];
  tools.log.info(`Deleting the computes ${names.join(' and ')}.`);
  const deletions = names.map((name) =>
    session.arm.delete(
      `${outputs.workspaceId}/computes/${name}?underlyingResourceAction=Delete`,
      apis.machineLearning,
      { what: `compute ${name} to go`, deadlineSeconds: 1800 },
    ),
  );
  const failed = (await Promise.allSettled(deletions)).find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

interface Plan {
  readonly template: Template;
  readonly parameters: ComputeParameters;
  readonly clusterPath: string;
  readonly instancePath: string;
  readonly withInstance: boolean;
}

function pathsOf({ clusterPath, instancePath, withInstance }: Plan): readonly string[] {
  return [clusterPath, ...(withInstance ? [instancePath] : [])];
}

async function planOf(
  outputs: Outputs,
  settings: Pick<Settings, 'instanceUser'>,
  tools: Toolbox,
): Promise<Plan> {
  return {
    template: await readTemplate(tools.files),
    parameters: computeParameters(outputs, settings),
    clusterPath: `${outputs.workspaceId}/computes/${outputs.computeClusterName}`,
    instancePath: `${outputs.workspaceId}/computes/${outputs.computeInstanceName}`,
    withInstance: settings.instanceUser !== '',
  };
}

async function compare(plan: Plan, { arm }: Session): Promise<Difference[]> {
  const read = (path: string): Promise<Resource | undefined> => arm.get(path, apis.machineLearning);
  const [cluster, instance] = await Promise.all([
    read(plan.clusterPath),
    plan.withInstance ? read(plan.instancePath) : undefined,
  ]);
  const { template, parameters } = plan;
  return [
    ...differencesOf('AmlCompute', cluster, template, parameters),
    ...(plan.withInstance ? differencesOf('ComputeInstance', instance, template, parameters) : []),
  ];
}

function deploymentOf(
  { template, parameters }: Plan,
  { resourceGroup }: Outputs,
  tools: Toolbox,
): TemplateDeployment {
  const content = { template, parameters: { ...parameters } };
  return {
    ...content,
    group: resourceGroup,
    name: deploymentName('computes', content, tools),
    what: 'computes',
    deadlineSeconds: 3600,
  };
}
