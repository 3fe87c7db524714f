import type { StoredResource, World } from '../world.ts';
import { decide } from './decide.ts';
import { text } from './json-fields.ts';

/** A host that a browser needs for the studio, and what is missing on the screen without it. */
export interface StudioHost {
  readonly host: string;
  readonly breaks: string;
}

/**
 * Public hosts of the studio and of its sign-in: learn.microsoft.com, "Configure inbound and
 * outbound network traffic" (Azure Machine Learning, "Required hosts"), and for the pages of the
 * sign-in "Allow the Azure portal URLs on your firewall or proxy server".
 */
const publicHosts: readonly StudioHost[] = [
  { host: 'ml.azure.com', breaks: 'the studio does not open' },
  { host: 'login.microsoftonline.com', breaks: 'nobody can sign in' },
  { host: 'aadcdn.msftauth.net', breaks: 'the sign-in page stays blank' },
  { host: 'aadcdn.msauth.net', breaks: 'the sign-in page stays blank for some accounts' },
  { host: 'management.azure.com', breaks: 'the studio lists nothing' },
  { host: 'graph.microsoft.com', breaks: 'ids stand where the names of people should be' },
];

/** The studio's hosts for one workspace: the public ones, and those behind private endpoints. */
export function studioHosts(workspace: StoredResource): readonly StudioHost[] {
  const region = workspace.location ?? '';
  const guid = text(workspace.properties, 'workspaceId') ?? '';
  const account = text(workspace.properties, 'storageAccount')?.split('/').at(-1);
  return [
    ...publicHosts,
    { host: `${region}.api.azureml.ms`, breaks: "the workspace's services are not found" },
    { host: `${guid}.workspace.${region}.api.azureml.ms`, breaks: 'jobs and models stay empty' },
    ...(account === undefined
      ? []
      : [{ host: `${account}.blob.core.windows.net`, breaks: 'logs and data cannot be seen' }]),
  ];
}

/** A studio host that a browser on a machine cannot reach, and why. */
export interface MissingHost extends StudioHost {
  readonly reason: string;
}

/** Which hosts of the studio a browser on a machine inside the network could not reach. */
export function missingInStudio(
  world: World,
  machineId: string,
  workspace: StoredResource,
): readonly MissingHost[] {
  return studioHosts(workspace).flatMap((one) => {
    const decision = decide(world, { kind: 'machine', id: machineId }, one.host, 443);
    return decision.allowed ? [] : [{ ...one, reason: decision.reason }];
  });
}
