import { createHash, createHmac, randomUUID } from 'node:crypto';
import { blobServiceOf } from '../../azurite/process.ts';
import type { Operation } from '../../operation.ts';
import { secretsOf } from '../../secrets/registry.ts';
import type { StoredResource, World } from '../../world.ts';
import { keptIn } from '../../world.ts';
import { ACCOUNT, accountKeys, announce } from '../blob/account.ts';
import { manageContainer } from '../blob/container.ts';
import { publicAccessNotPermitted } from '../blob/errors.ts';
import { forward } from '../blob/index.ts';
import type { Attempt } from './runtime-token.ts';

/** An artifact of a run. Its bytes lie in a storage account of GitHub's. */
export interface Artifact {
  readonly id: number;
  readonly name: string;
  /** The attempt that made it. */
  readonly attempt: Attempt;
  readonly mimeType: string;
  /** Path below the container. */
  readonly blob: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** What was uploaded, once that is complete: before, it is in no list. */
  content?: { readonly bytes: Buffer; readonly size: number; readonly digest: string | null };
}

/** GitHub's accounts for this are called so (actions/upload-artifact, issue 528). */
const ACCOUNT_NAME = 'productionresultssa7';
const HOST = `${ACCOUNT_NAME}.blob.core.windows.net`;
const CONTAINER = 'actions-results';
const VERSION = '2021-12-02';
/** How long an address lets somebody in; an hour, as in that issue. */
const addressSeconds = 3600;

/** What artifacts there are, oldest first, unfinished ones among them. */
export function artifactsOf(world: World): Map<number, Artifact> {
  return keptIn(world, 'github-artifacts', () => new Map<number, Artifact>());
}

/** Those that can be listed and read: complete, and not expired. */
export function livingArtifacts(world: World): Artifact[] {
  return [...artifactsOf(world).values()].filter(
    (one) => one.content !== undefined && !hasExpired(world, one),
  );
}

export function hasExpired(world: World, { expiresAt }: Artifact): boolean {
  return world.clock.now() >= expiresAt;
}

/** No number is given twice, also after a deletion. */
function nextId(world: World): number {
  const last = keptIn(world, 'github-last-artifact', () => ({ id: 5_000_000_000 }));
  return (last.id += 1);
}

/** Begins an artifact, with the place for its bytes. */
export async function addArtifact(
  world: World,
  given: Pick<Artifact, 'name' | 'attempt' | 'mimeType' | 'expiresAt'>,
): Promise<Artifact> {
  await openAccount(world);
  const { planId, jobId } = given.attempt;
  const file = createHash('sha256').update(randomUUID()).digest('hex');
  const end = given.mimeType === 'application/zip' ? '.zip' : '';
  const artifact: Artifact = {
    ...given,
    id: nextId(world),
    blob: `${planId}/workflow-job-run-${jobId}/artifacts/${file}${end}`,
    createdAt: world.clock.now(),
  };
  artifactsOf(world).set(artifact.id, artifact);
  return artifact;
}

/** The account, which is no resource of anybody's subscription. */
function account(world: World): StoredResource {
  return keptIn(world, 'github-artifact-account', () => {
    const made: StoredResource = {
      ...{ id: `/of-github/${ACCOUNT_NAME}`, name: ACCOUNT_NAME, type: ACCOUNT },
      ...{ properties: {}, hidden: {} },
    };
    for (const key of accountKeys(made)) secretsOf(world).file('storage account key', key);
    return made;
  });
}

function openAccount(world: World): Promise<void> {
  return keptIn(world, 'github-artifact-container', async () => {
    await announce(world, account(world));
    await manageContainer(world, ACCOUNT_NAME, 'PUT', CONTAINER);
  });
}

/** What an address is for: to write an artifact, or to read it under a name and a type. */
export type Purpose = 'write' | 'read';

/**
 * An address by which whoever has it may write or read the bytes of an artifact (service SAS,
 * learn.microsoft.com, string-to-sign of version 2020-12-06 and later).
 */
export function signedAddress(world: World, artifact: Artifact, purpose: Purpose): string {
  const [from, to] = [world.clock.now() - 5_000, world.clock.now() + addressSeconds * 1000];
  const fields = {
    sp: purpose === 'write' ? 'cw' : 'r',
    ...{ st: seconds(from), se: seconds(to), spr: 'https', sv: VERSION, sr: 'b' },
    ...(purpose === 'read' && { rscd: disposition(artifact), rsct: artifact.mimeType }),
  };
  const { sp, st, se, spr, sv, sr, rscd = '', rsct = '' } = fields;
  const resource = `/blob/${ACCOUNT_NAME}/${CONTAINER}/${artifact.blob}`;
  const signed = [sp, st, se, resource, '', '', spr, sv, sr, '', '', '', rscd, '', '', rsct];
  const [key = ''] = accountKeys(account(world));
  const sig = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(signed.join('\n'))
    .digest('base64');
  secretsOf(world).file('shared access signature', sig);
  const query = new URLSearchParams({ ...fields, sig });
  return `https://${HOST}/${CONTAINER}/${artifact.blob}?${query.toString()}`;
}

function disposition({ name, mimeType }: Artifact): string {
  const file = mimeType === 'application/zip' ? `${name}.zip` : name;
  return `attachment; filename="${file}"; filename*=UTF-8''${encodeURIComponent(file)}`;
}

function seconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** What has been uploaded of an artifact; undefined where nothing was. */
export async function uploaded(world: World, artifact: Artifact): Promise<Buffer | undefined> {
  const { pathname, search } = new URL(signedAddress(world, artifact, 'read'));
  const headers = { host: HOST };
  const asked = { method: 'GET', target: pathname + search, headers, body: Buffer.alloc(0) };
  const answer = await blobServiceOf(world).send(asked);
  return answer.status === 200 ? answer.body : undefined;
}

/** Who comes with a signature is the blob service's to judge; nobody else is let in. */
export const artifactBlobs: Operation = {
  host: HOST,
  route: `ANY /${CONTAINER}/{blob...}`,
  simplified: 'Azurite behind addresses that are signed with the key of the account',
  answer: (call, world) =>
    call.query.has('sig') ? forward(call, world, account(world)) : publicAccessNotPermitted(),
};
