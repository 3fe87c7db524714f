import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fields, text } from '../../inside/json-fields.ts';
import type { StoredResource, World } from '../../world.ts';
import { accountNamed } from '../blob/account.ts';
import { blobNames, loadBlob, storeBlob } from './platform-blobs.ts';
import { accountOf } from './run-blobs.ts';

/** The datastore that AML makes with a workspace, and its container; in Azure its name ends with a guid. */
export const defaultStore = 'workspaceblobstore';
export const defaultContainer = 'azureml-blobstore';

/** Data of a job in a container: an input or an output, by its name. */
export interface JobData {
  readonly name: string;
  readonly kind: 'input' | 'output';
  readonly account: StoredResource;
  readonly container: string;
  /** Name of one blob, or the beginning of many, then with a slash at its end. */
  readonly path: string;
}

/** Data as a program finds them: a folder (or file) of this machine, and what lay in it at first. */
export interface MountedData extends JobData {
  readonly place: string;
  readonly before: ReadonlyMap<string, string>;
}

/** What a job's inputs and outputs are: values as they stand, and data to be mounted. */
export interface JobParts {
  readonly literals: Readonly<Record<string, string>>;
  readonly data: readonly JobData[];
}

/** Reads a job's inputs and outputs; throws where one names what is not there. */
export function partsOf(world: World, workspace: StoredResource, job: StoredResource): JobParts {
  const literals: Record<string, string> = {};
  const data: JobData[] = [];
  for (const [name, input] of Object.entries(fields(job.properties['inputs']))) {
    const value = text(input, 'value');
    if (value === undefined) data.push(dataOf(world, workspace, name, 'input', text(input, 'uri')));
    else literals[name] = value;
  }
  for (const [name, output] of Object.entries(fields(job.properties['outputs']))) {
    const usual = `azureml://datastores/${defaultStore}/paths/azureml/${job.name}/${name}/`;
    data.push(dataOf(world, workspace, name, 'output', text(output, 'uri') ?? usual));
  }
  return { literals, data };
}

function dataOf(
  world: World,
  workspace: StoredResource,
  name: string,
  kind: JobData['kind'],
  uri = '',
): JobData {
  const [, store = '', path = ''] =
    /^azureml:\/\/(?:.*\/)?datastores\/([^/]+)\/paths\/(.*)$/.exec(uri) ?? [];
  if (store === '')
    throw new Error(`The ${kind} ${name} has no address that is understood: ${uri}`);
  const datastore = world.resources.get(`${workspace.id}/datastores/${store}`);
  const own = store === defaultStore ? accountOf(world, workspace) : undefined;
  const account = accountNamed(world, text(datastore?.properties, 'accountName') ?? '') ?? own;
  if (account === undefined) throw new Error(`The datastore ${store} was not found.`);
  const container = text(datastore?.properties, 'containerName') ?? defaultContainer;
  return { name, kind, account, container, path };
}

/** Brings data to this machine, below `folder`. */
export async function mount(world: World, data: JobData, folder: string): Promise<MountedData> {
  const place = join(folder, data.name);
  const before = new Map<string, string>();
  const names = await blobNames(world, data.account, data.container, data.path);
  if (names.includes(data.path) && data.kind === 'input') {
    const file = join(place, data.path.split('/').at(-1) ?? 'file');
    await write(file, await loadBlob(world, data.account, data.container, data.path));
    return { ...data, place: file, before };
  }
  await mkdir(place, { recursive: true });
  const start = data.path === '' || data.path.endsWith('/') ? data.path : `${data.path}/`;
  for (const name of names.filter((one) => one.startsWith(start) && !one.endsWith('/'))) {
    const bytes = await loadBlob(world, data.account, data.container, name);
    const path = name.slice(start.length);
    await write(join(place, path), bytes);
    if (bytes !== undefined) before.set(path, digestOf(bytes));
  }
  return { ...data, path: start, place, before };
}

async function write(file: string, bytes: Buffer | undefined): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes ?? '');
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Writes what a job made or changed in an output back into its container; what it removed stays there. */
export async function unmount(world: World, data: MountedData): Promise<void> {
  if (data.kind !== 'output') return;
  for (const path of await filesBelow(data.place)) {
    const bytes = await readFile(join(data.place, path));
    if (data.before.get(path) === digestOf(bytes)) continue;
    const name = `${data.path}${path}`;
    await storeBlob(world, data.account, { container: data.container, name, bytes });
  }
}

/** Paths of all files below a folder, with slashes; none where there is no folder. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return all
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}
