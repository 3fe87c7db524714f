import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { asObject, asObjects } from '../../arm/json.ts';
import { fields, text, texts } from '../../inside/json-fields.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { keptIn } from '../../world.ts';
import { gate, ownHost, workspacePath } from './gate.ts';
import { loadBlob } from './platform-blobs.ts';
import { accountOf, artifactContainer, signedAddress } from './run-blobs.ts';

/** Files of a snapshot: their paths, and the names of their blobs. */
type Snapshot = ReadonlyMap<string, string>;

function snapshots(world: World): Map<string, Snapshot> {
  return keptIn(world, 'contentSnapshots', () => new Map<string, Snapshot>());
}

/** The last snapshot of a workspace: always an empty one, so that whoever asks sends everything. */
function latest(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'snapshots/read', () => {
    const id = '00000000-0000-0000-0000-000000000000';
    return { status: 200, body: { id, root: {} } };
  });
}

/** Addresses to write the files of a new snapshot to. */
function blobsFor(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'snapshots/write', (workspace) => {
    const folder = `Snapshots/${randomUUID()}`;
    const fileNodes = texts(asObject(call.body), 'FileNames').map((fullName, index) => {
      const name = `${folder}/${index}`;
      return { fullName, blobUri: signedAddress(world, workspace, { name, permission: 'rcw' }) };
    });
    return { status: 200, body: { fileNodes } };
  });
}

/** Makes a snapshot of the files that were written, and of what its parent has. */
function makeSnapshot(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'snapshots/write', () => {
    const body = asObject(call.body);
    const parent = snapshots(world).get(text(body, 'ParentSnapshotId') ?? '');
    const nodes = asObjects(fields(body['FileRevisionList'])['FileNodes']);
    const files = nodes.map((node): [string, string] => [
      text(node, 'FullName') ?? '',
      (URL.parse(text(node, 'BlobUri') ?? '')?.pathname ?? '').replace(/^\/[^/]*\//, ''),
    ]);
    const id = call.params['snapshot'] ?? '';
    snapshots(world).set(id, new Map([...(parent ?? []), ...files]));
    return { status: 200, body: { id } };
  });
}

/** Brings the files of a snapshot into a folder; throws where one is missing, or would lie outside. */
export async function restore(
  world: World,
  workspace: StoredResource,
  id: string,
  folder: string,
): Promise<void> {
  const account = accountOf(world, workspace);
  for (const [path, name] of snapshots(world).get(id) ?? []) {
    const bytes = account && (await loadBlob(world, account, artifactContainer, name));
    const place = normalize(join(folder, path));
    if (bytes === undefined || !place.startsWith(`${folder}/`)) {
      throw new Error(`The file ${path} of the snapshot ${id} cannot be restored.`);
    }
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, bytes);
  }
}

/** Snapshots of code, as SDK v1 sends them before it submits a run. */
export const contentSnapshots: readonly Operation[] = [
  {
    ...ownHost,
    route: `GET /content/v1.0/${workspacePath}/snapshots/latest/metadata`,
    simplified: 'always an empty one, so that all files are sent',
    answer: latest,
  },
  { ...ownHost, route: `POST /content/v2.0/${workspacePath}/snapshots/getblob`, answer: blobsFor },
  {
    ...ownHost,
    route: `POST /content/v2.0/${workspacePath}/snapshots/{snapshot}`,
    answer: makeSnapshot,
  },
];
