import { randomUUID } from 'node:crypto';
import { badRequest, conflict } from '../../arm/errors.ts';
import { missing, pathOf } from '../../arm/place.ts';
import { shown } from '../../arm/read.ts';
import { register } from '../../arm/resource-type.ts';
import { text } from '../../inside/json-fields.ts';
import { isEnding, tracked } from '../../inside/process.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { siteOf } from '../web-site/configuration-operations.ts';
import { appOf, platformNote } from './app.ts';
import { exchangeApp, runningProcess } from './lifecycle.ts';
import { fetchPackage } from './package.ts';

/** Seconds that App Service takes to pull and unpack a package of 100 MB. */
const usualSeconds = 40;

const typeName = 'Microsoft.Web/sites/deployments';

register({ type: typeName, creates: 201, stateful: false });

/** Kudu's DeployStatus. */
const state = { pending: 0, building: 1, deploying: 2, failed: 3, success: 4 } as const;

function deploymentsOf(world: World, site: StoredResource): readonly StoredResource[] {
  return world.resources.below(site.id).filter((one) => one.type === typeName);
}

function isComplete(deployment: StoredResource): boolean {
  return deployment.properties['complete'] === true;
}

/** Answers one-deploy: 202 at once, the rest goes on by itself. */
export function oneDeploy(call: Call, world: World): Answer {
  const site = siteOf(call, world);
  const uri = text(call.body, 'properties', 'packageUri');
  const type = text(call.body, 'properties', 'type') ?? 'zip';
  if (uri === undefined || URL.parse(uri)?.protocol !== 'https:') {
    throw badRequest('BadRequest', 'packageUri must be an absolute https address.');
  }
  if (type !== 'zip') throw badRequest('BadRequest', `Artifact type '${type}' is not simulated.`);
  if (deploymentsOf(world, site).some((one) => !isComplete(one))) {
    throw conflict('Conflict', 'Another deployment of this site is in progress.');
  }
  const deployment = newDeployment(world, site);
  void performLater(world, site, deployment, uri).catch((error: unknown) => {
    finish(world, deployment, state.failed, `Local Azure failed: ${String(error)}`);
  });
  const location = `https://management.azure.com${deployment.id}?api-version=${call.query.get('api-version') ?? ''}`;
  const body = {
    id: `${site.id}/extensions/onedeploy`,
    name: 'onedeploy',
    type: 'Microsoft.Web/sites/extensions',
    properties: { deploymentId: deployment.name, provisioningState: 'InProgress' },
  };
  return { status: 202, headers: { Location: location, 'Retry-After': '1' }, body };
}

function newDeployment(world: World, site: StoredResource): StoredResource {
  const name = randomUUID();
  const deployment: StoredResource = {
    id: `${site.id}/deployments/${name}`,
    name,
    type: typeName,
    properties: {
      status: state.deploying,
      status_text: '',
      author: 'N/A',
      deployer: 'OneDeploy',
      message: 'OneDeploy',
      start_time: now(world),
      active: false,
      complete: false,
    },
  };
  world.resources.put(deployment);
  return deployment;
}

function now(world: World): string {
  return new Date(world.clock.now()).toISOString();
}

function finish(world: World, deployment: StoredResource, status: number, said: string): void {
  deployment.properties = {
    ...deployment.properties,
    status,
    status_text: said,
    complete: true,
    active: status === state.success,
    end_time: now(world),
  };
}

async function performLater(
  world: World,
  site: StoredResource,
  deployment: StoredResource,
  uri: string,
): Promise<void> {
  await world.clock.sleep(usualSeconds * 1000 * world.pace);
  if (!isEnding(world)) await tracked(world, () => perform(world, site, deployment, uri));
}

async function perform(
  world: World,
  site: StoredResource,
  deployment: StoredResource,
  uri: string,
): Promise<void> {
  const app = appOf(world, site);
  const fetched = await fetchPackage(world, site, uri);
  if ('failure' in fetched) {
    platformNote(world, app, fetched.failure);
    finish(world, deployment, state.failed, fetched.failure);
    return;
  }
  if (world.resources.get(site.id) === undefined) return;
  await exchangeApp(world, site, fetched.folder);
  for (const older of deploymentsOf(world, site)) older.properties['active'] = false;
  finish(world, deployment, state.success, '');
}

/** Answers GET of one deployment: 202 while it goes on, as Kudu does. */
export function readDeployment(call: Call, world: World): Answer {
  siteOf(call, world);
  const deployment = world.resources.get(pathOf(call));
  if (deployment === undefined) throw missing(pathOf(call));
  if (isComplete(deployment)) return { status: 200, body: shown(deployment, world) };
  const location = `https://management.azure.com${call.path}?${call.query.toString()}`;
  return {
    status: 202,
    headers: { Location: location, 'Retry-After': '1' },
    body: shown(deployment, world),
  };
}

/** Answers GET of one-deploy: the newest deployment, as far as it is. */
export function readOneDeploy(call: Call, world: World): Answer {
  const site = siteOf(call, world);
  const newest = deploymentsOf(world, site).at(-1);
  if (newest === undefined) throw missing(pathOf(call));
  return { status: 200, body: { ...shown(newest, world), id: `${site.id}/extensions/onedeploy` } };
}

/** Answers GET of a site's deployments, the newest first. */
export function listDeployments(call: Call, world: World): Answer {
  const found = deploymentsOf(world, siteOf(call, world));
  return { status: 200, body: { value: found.map((one) => shown(one, world)).reverse() } };
}

/** Answers GET of what became of a deployment's process. */
export async function readDeploymentStatus(call: Call, world: World): Promise<Answer> {
  const site = siteOf(call, world);
  const name = call.params['name'] ?? '';
  const deployment = world.resources.get(`${site.id}/deployments/${name}`);
  if (deployment === undefined) throw missing(pathOf(call));
  const failed = deployment.properties['status'] === state.failed;
  const running =
    isComplete(deployment) && !failed && (await runningProcess(world, site)) !== undefined;
  const ended = failed ? 'BuildFailed' : running ? 'RuntimeSuccessful' : 'RuntimeFailed';
  const properties = {
    deploymentId: name,
    status: isComplete(deployment) ? ended : 'BuildInProgress',
    numberOfInstancesInProgress: 0,
    numberOfInstancesSuccessful: running ? 1 : 0,
    numberOfInstancesFailed: running || !isComplete(deployment) ? 0 : 1,
    errors: failed ? [{ message: deployment.properties['status_text'] }] : [],
  };
  const id = `${site.id}/deploymentStatus/${name}`;
  return {
    status: 200,
    body: { id, name, type: 'Microsoft.Web/sites/deploymentStatus', properties },
  };
}
