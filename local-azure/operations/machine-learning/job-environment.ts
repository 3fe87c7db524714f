import { fields, text } from '../../inside/json-fields.ts';
import type { StoredResource, World } from '../../world.ts';
import type { MountedData } from './job-data.ts';
import { experimentId } from './job.ts';
import { runToken } from './run-token.ts';

/**
 * What AML gives a job besides the variables of its image: the ids and the token by which azureml-core
 * finds its run (azureml-core 1.36, `Run._load_scope`), and the places of its data. That AML names the
 * workspace's private host as its endpoint is from memory.
 */
export async function jobVariables(
  world: World,
  workspace: StoredResource,
  job: StoredResource,
  data: readonly MountedData[],
): Promise<Readonly<Record<string, string>>> {
  const [, subscription = '', group = ''] =
    /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)/i.exec(workspace.id) ?? [];
  const guid = text(workspace.properties, 'workspaceId') ?? '';
  const endpoint = `https://${guid}.workspace.${workspace.location ?? ''}.api.azureml.ms`;
  const experiment = text(job.properties, 'experimentName') ?? '';
  const { token, expiresAt } = await runToken(world, job);
  const experimentScope = `${workspace.id}/experiments/${experiment}`;
  return {
    AZUREML_RUN_ID: job.name,
    AZUREML_ROOT_RUN_ID: job.name,
    AZUREML_RUN_TOKEN: token,
    AZUREML_RUN_TOKEN_EXPIRY: String(expiresAt),
    AZUREML_ARM_SUBSCRIPTION: subscription,
    AZUREML_ARM_RESOURCEGROUP: group,
    AZUREML_ARM_WORKSPACE_NAME: workspace.name,
    AZUREML_ARM_PROJECT_NAME: experiment,
    AZUREML_ARM_SCOPE: experimentScope,
    AZUREML_EXPERIMENT_SCOPE: experimentScope,
    AZUREML_WORKSPACE_SCOPE: workspace.id,
    AZUREML_WORKSPACE_ID: guid,
    AZUREML_EXPERIMENT_ID: experimentId(workspace, experiment),
    AZUREML_SERVICE_ENDPOINT: endpoint,
    AZUREML_RUN_HISTORY_SERVICE_ENDPOINT: endpoint,
    AZUREML_DISCOVERY_SERVICE_ENDPOINT: `${endpoint}/discovery`,
    ...Object.fromEntries(
      data.map(({ kind, name, place }) => [`AZURE_ML_${kind.toUpperCase()}_${name}`, place]),
    ),
    ...(fields(job.properties['environmentVariables']) as Record<string, string>),
  };
}

/** The command line with `${{inputs.name}}` and `${{outputs.name}}` filled in; throws for unknown names. */
export function commandOf(
  command: string,
  literals: Readonly<Record<string, string>>,
  data: readonly MountedData[],
): string {
  return command.replaceAll(/\$\{\{\s*(input|output)s\.([\w-]+)\s*\}\}/g, (all, kind, name) => {
    const place = data.find((one) => one.kind === kind && one.name === name)?.place;
    const value = kind === 'input' ? (literals[String(name)] ?? place) : place;
    if (value === undefined) throw new Error(`The command names ${all}, which is not given.`);
    return value;
  });
}
