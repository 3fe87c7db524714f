import { asObject, asObjects } from '../../arm/json.ts';
import { text } from '../../inside/json-fields.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { gate, ownHost, refusal, workspacePath } from './gate.ts';
import { blobNames, storeBlob } from './platform-blobs.ts';
import { accountOf, artifactContainer, runBlob, signedAddress } from './run-blobs.ts';
import { madeNames } from './run-files.ts';

/** Where artifacts lie: `ExperimentRun` and `dcid.{run}` for those of a run. */
interface Shelf {
  readonly workspace: StoredResource;
  readonly origin: string;
  readonly container: string;
}

async function pathsOn(world: World, shelf: Shelf, prefix = ''): Promise<readonly string[]> {
  const made =
    shelf.origin === 'ExperimentRun'
      ? await madeNames(world, shelf.workspace, shelf.container)
      : [];
  const account = accountOf(world, shelf.workspace);
  const start = `${shelf.origin}/${shelf.container}/`;
  // Where no blob service runs there are no blobs either.
  const stored =
    account === undefined || !world.data.has('blob-service')
      ? []
      : await blobNames(world, account, artifactContainer, `${start}${prefix}`);
  const all = [...made, ...stored.map((name) => name.slice(start.length))];
  return [...new Set(all)].filter((path) => path.startsWith(prefix)).sort();
}

function dataOf({ origin, container }: Shelf, path: string): Record<string, unknown> {
  return { artifactId: `${origin}/${container}/${path}`, origin, container, path, etag: null };
}

function contentOf(
  world: World,
  shelf: Shelf,
  path: string,
  permission: 'r' | 'rcw' = 'r',
): Record<string, unknown> {
  const { origin, container, workspace } = shelf;
  const run = container.replace(/^dcid\./, '');
  const name = `${origin}/${container}/${path}`;
  const contentUri = signedAddress(world, workspace, { name, permission, run });
  return { contentUri, origin, container, path };
}

function notFound(path: string): Answer {
  return refusal(404, 'UserError', `The specified artifact ${path} was not found.`);
}

const wholePath = (call: Call): string => call.params['path'] ?? '';

async function contentInformation(call: Call, world: World, shelf: Shelf): Promise<Answer> {
  const path = wholePath(call);
  const there = await pathsOn(world, shelf, path);
  if (!there.includes(path)) return notFound(path);
  return { status: 200, body: contentOf(world, shelf, path) };
}

async function contentByPrefix(call: Call, world: World, shelf: Shelf): Promise<Answer> {
  // azureml-core ends the prefix with two slashes.
  const there = await pathsOn(world, shelf, wholePath(call).replace(/\/+$/, ''));
  const value = there.map((path) => contentOf(world, shelf, path));
  return { status: 200, body: { value, continuationToken: null } };
}

async function list(call: Call, world: World, shelf: Shelf): Promise<Answer> {
  const there = await pathsOn(world, shelf, wholePath(call));
  return { status: 200, body: { value: there.map((path) => dataOf(shelf, path)) } };
}

/** Names for files that are about to come, each with an address to write it to. */
function announceFiles(call: Call, world: World, shelf: Shelf): Answer {
  const paths = asObjects(asObject(call.body)['paths']).map((one) => text(one, 'path') ?? '');
  const each = (make: (path: string) => unknown): Record<string, unknown> =>
    Object.fromEntries(paths.map((path) => [path, make(path)]));
  const artifacts = each((path) => dataOf(shelf, path));
  const artifactContentInformation = each((path) => contentOf(world, shelf, path, 'rcw'));
  return { status: 200, body: { artifacts, artifactContentInformation, errors: {} } };
}

/** A file whose bytes come with the request itself. */
async function upload(call: Call, world: World, shelf: Shelf): Promise<Answer> {
  const account = accountOf(world, shelf.workspace);
  const path = wholePath(call);
  if (account === undefined) return notFound(path);
  const name = `${shelf.origin}/${shelf.container}/${path}`;
  await storeBlob(world, account, { container: artifactContainer, name, bytes: call.rawBody });
  return { status: 200, body: dataOf(shelf, path) };
}

type OnShelf = (call: Call, world: World, shelf: Shelf) => Answer | Promise<Answer>;

function onShelf(call: Call, world: World, answer: OnShelf): Answer | Promise<Answer> {
  const action = `experiments/runs/${call.method === 'GET' ? 'read' : 'write'}`;
  return gate(call, world, action, (workspace) => {
    // Run history's own addresses name the run instead of the two.
    const { origin = 'ExperimentRun', container, run } = call.params;
    return answer(call, world, { workspace, origin, container: container ?? `dcid.${run ?? ''}` });
  });
}

const artifact = `/artifact/v2.0/${workspacePath}/artifacts`;
const run = `/history/v1.0/${workspacePath}/experiments/{experiment}/runs/{run}/artifacts`;

const routes: readonly (readonly [route: string, answer: OnShelf])[] = [
  [`GET ${artifact}/contentinfo/{origin}/{container}/{path...}`, contentInformation],
  [`GET ${artifact}/prefix/contentinfo/{origin}/{container}/{path...}`, contentByPrefix],
  [`GET ${artifact}/{origin}/{container}/{path...}`, list],
  [
    `GET ${artifact}/write/{origin}/{container}/{path...}`,
    (call, world, shelf) => ({
      status: 200,
      body: contentOf(world, shelf, wholePath(call), 'rcw'),
    }),
  ],
  [`POST ${artifact}/batch/metadata/{origin}/{container}`, announceFiles],
  [`POST ${artifact}/content/{origin}/{container}/{path...}`, upload],
  [`GET ${run}/contentinfo/{path...}`, contentInformation],
  [`GET ${run}/prefix/contentinfo/{path...}`, contentByPrefix],
  [`GET ${run}`, list],
  [`GET ${run}/path/{path...}`, list],
  [`POST ${run}/batch/metadata`, announceFiles],
];

/** The artifacts of runs: their names and addresses from AML, their bytes from the storage account. */
export const artifacts: readonly Operation[] = [
  ...routes.map(([route, answer]): Operation => ({
    ...ownHost,
    route,
    answer: (call, world) => onShelf(call, world, answer),
  })),
  {
    host: '*.blob.core.windows.net',
    route: 'ANY /azureml/{origin}/{container}/{file...}',
    simplified: 'what a job has left so far is made when asked, the rest lies in the blob service',
    answer: runBlob,
  },
];
