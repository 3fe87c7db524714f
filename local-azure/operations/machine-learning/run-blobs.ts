import { randomBytes } from 'node:crypto';
import { keptOut } from '../../entrance/public-access.ts';
import { text } from '../../inside/json-fields.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { keptIn } from '../../world.ts';
import { accountOfHost } from '../blob/account.ts';
import * as errors from '../blob/errors.ts';
import { blobs } from '../blob/index.ts';
import { usualAddressSeconds } from './play.ts';
import { performanceOf } from './performance.ts';
import { blobTarget, writeAsPlatform } from './platform-blobs.ts';
import { madeFile } from './run-files.ts';

/** What a signature lets its bearer do. */
interface Grant {
  readonly workspace: StoredResource;
  /** Path below the container `azureml`. */
  readonly name: string;
  /** Whoever may write may read, too: azureml-core looks at what it wrote. */
  readonly permission: 'r' | 'rcw';
  readonly endsAt: number;
}

/** The container of AML's artifacts in the workspace's storage account. */
export const artifactContainer = 'azureml';

function grants(world: World): Map<string, Grant> {
  return keptIn(world, 'artifactSignatures', () => new Map<string, Grant>());
}

/** The storage account of a workspace; undefined where it has been deleted. */
export function accountOf(world: World, workspace: StoredResource): StoredResource | undefined {
  return world.resources.get(text(workspace.properties, 'storageAccount') ?? '');
}

/**
 * An address with a signature in the workspace's storage account, as AML gives it out. The signature
 * is Local Azure's own and not made with the account's key, as AML's is not where keys are off.
 */
export function signedAddress(
  world: World,
  workspace: StoredResource,
  file: { readonly name: string; readonly permission: Grant['permission']; readonly run?: string },
): string {
  const account = text(workspace.properties, 'storageAccount')?.split('/').at(-1) ?? '';
  const job = file.run && world.resources.get(`${workspace.id}/jobs/${file.run}`);
  const performance = job ? performanceOf(world, job) : undefined;
  const now = world.clock.now();
  const endsAt = now + 1000 * (performance?.addressSeconds ?? usualAddressSeconds);
  const signature = randomBytes(24).toString('base64url');
  const { name, permission } = file;
  grants(world).set(signature, { workspace, name, permission, endsAt });
  const query = new URLSearchParams({
    ...{ sv: '2021-08-06', sr: 'b', sp: permission, se: new Date(endsAt).toISOString() },
    sig: signature,
  });
  const host = `${account.toLowerCase()}.blob.core.windows.net`;
  return `https://${host}${blobTarget(artifactContainer, name)}?${query.toString()}`;
}

/**
 * A file of a run, or of a snapshot of code, in the workspace's storage account. Who comes with one of AML's signatures, and
 * from inside, may read or write it; everybody else is the blob service's to judge.
 */
export async function runBlob(call: Call, world: World): Promise<Answer> {
  const account = accountOfHost(world, call.host);
  const grant = grants(world).get(call.query.get('sig') ?? '');
  if (account === undefined || !call.query.has('sig')) return blobs.answer(call, world);
  if (keptOut(account, call) !== undefined) return errors.notFromHere();
  const reads = ['GET', 'HEAD'].includes(call.method);
  const { origin = '', container = '', file = '' } = call.params;
  const name = `${origin}/${container}/${file}`;
  const fits =
    grant !== undefined &&
    accountOf(world, grant.workspace)?.id === account.id &&
    grant.name === name &&
    (reads || grant.permission !== 'r') &&
    world.clock.now() < grant.endsAt;
  if (!fits) return errors.signatureMismatch();
  const made = reads ? await madeFile(world, grant.workspace, name) : undefined;
  return made === undefined ? stored(call, world, account) : ranged(made, call.headers);
}

/** What the blob service holds, or is to hold; the signature is not one that it would know. */
async function stored(call: Call, world: World, account: StoredResource): Promise<Answer> {
  const query = new URLSearchParams(call.query);
  for (const name of ['sv', 'sr', 'sp', 'se', 'sig']) query.delete(name);
  const headers = { ...call.headers };
  delete headers['authorization'];
  const target = `${call.path}${query.size > 0 ? `?${query.toString()}` : ''}`;
  const wish = { method: call.method, target, headers, body: call.rawBody };
  return writeAsPlatform(world, account, wish);
}

/**
 * Bytes, or the part that a `Range` asks for (learn.microsoft.com, "Specifying the range header for
 * Blob service operations": `bytes=a-` and `bytes=a-b`, `x-ms-range` first). A form that it does not
 * know, such as the last n bytes, is passed over (from memory).
 */
export function ranged(bytes: Buffer, headers: Readonly<Record<string, string>>): Answer {
  const common = {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    'x-ms-blob-type': 'AppendBlob',
  };
  const asked = headers['x-ms-range'] ?? headers['range'] ?? '';
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(asked) ?? [];
  if (first === undefined) return { status: 200, headers: common, body: bytes };
  const from = Number(first);
  if (from >= bytes.length) return errors.invalidRange(bytes.length);
  const to = Math.min(last ? Number(last) : Infinity, bytes.length - 1);
  const range = { 'content-range': `bytes ${from}-${to}/${bytes.length}` };
  return { status: 206, headers: { ...common, ...range }, body: bytes.subarray(from, to + 1) };
}
