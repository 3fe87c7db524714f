import { createHash, randomUUID } from 'node:crypto';

/** One HTTP request, and what came back. */
export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}
export type Send = (
  request: Request,
) => Promise<{ readonly status: number; readonly text: string }>;

/** What a job knows of the results service: ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN. */
export interface Job {
  readonly resultsUrl: string;
  readonly runtimeToken: string;
}

/** A file to keep, or an archive of files. */
export interface Content {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Buffer;
  /** Days; what the repository has where left out. */
  readonly retention?: number;
}

/** An artifact that was kept. */
export interface Kept {
  readonly id: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly digest: string;
}

/** Bytes of one block (config.ts of the toolkit's artifact package). */
const blockSize = 8 * 1024 * 1024;

/** The version of the protocol that upload-artifact 7 speaks. */
const version = 7;

/**
 * Keeps an artifact as `@actions/artifact` 6.2.1 does: create, upload by blocks to the signed address,
 * finalise. Throws what went wrong in the words of that package. The package itself would bring some
 * eighty others; its requests are recorded in __tests__/fixtures/artifact-client.json.
 */
export async function keep(send: Send, job: Job, content: Content): Promise<Kept> {
  const { name, mimeType, bytes, retention } = content;
  const ends = retention && new Date(Date.now() + retention * 86_400_000).toISOString();
  const created = await ask(send, job, 'CreateArtifact', {
    ...{ name, ...(ends && { expires_at: ends }), version, mime_type: mimeType },
  });
  await upload(send, String(created['signed_upload_url']), content);
  const digest = createHash('sha256').update(bytes).digest('hex');
  const finalized = await ask(send, job, 'FinalizeArtifact', {
    ...{ name, size: String(bytes.length), hash: `sha256:${digest}` },
  });
  return { id: String(finalized['artifact_id']), digest };
}

/** Deletes the newest artifact with this name, where there is one. */
export async function remove(send: Send, job: Job, name: string): Promise<void> {
  const { artifacts = [] } = (await ask(send, job, 'ListArtifacts', { name_filter: name })) as {
    readonly artifacts?: readonly Readonly<Record<string, string>>[];
  };
  const newest = artifacts.toSorted((one, other) => idOf(other) - idOf(one))[0];
  if (newest === undefined) return;
  const { workflow_run_backend_id: run, workflow_job_run_backend_id: its } = newest;
  await ask(send, job, 'DeleteArtifact', {
    ...{ workflow_run_backend_id: run, workflow_job_run_backend_id: its, name },
  });
}

const idOf = (artifact: Readonly<Record<string, string>>): number =>
  Number(artifact['database_id']);

async function ask(
  send: Send,
  { resultsUrl, runtimeToken }: Job,
  method: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const [run, job] = backendIds(runtimeToken);
  const ids = { workflow_run_backend_id: run, workflow_job_run_backend_id: job };
  const path = `/twirp/github.actions.results.api.v1.ArtifactService/${method}`;
  const { status, text } = await send({
    ...{ method: 'POST', url: new URL(path, new URL(resultsUrl).origin).href },
    headers: { 'content-type': 'application/json', authorization: `Bearer ${runtimeToken}` },
    body: JSON.stringify({ ...ids, ...fields }),
  });
  const answer = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (status < 300) return answer;
  throw new Error(`Failed to ${method}: (${status}): ${String(answer['msg'])}`);
}

/** The ids of run and job, from the scope of the token that names them. */
function backendIds(token: string): readonly [run: string, job: string] {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly scp?: string;
  };
  const scope = claims.scp?.split(' ').find((one) => one.startsWith('Actions.Results:'));
  const [, run, job] = scope?.split(':') ?? [];
  if (run === undefined || job === undefined) {
    throw new Error('The token names neither run nor job: it has no scope Actions.Results.');
  }
  return [run, job];
}

async function upload(send: Send, address: string, content: Content): Promise<void> {
  const prefix = randomUUID();
  const blocks: string[] = [];
  for (let from = 0; from < content.bytes.length || from === 0; from += blockSize) {
    const number = String(blocks.length).padStart(12, '0');
    const id = Buffer.from(`${prefix}${number}`).toString('base64');
    blocks.push(id);
    const headers = { 'content-type': 'application/octet-stream' };
    const body = content.bytes.subarray(from, from + blockSize);
    await put(send, `${address}&comp=block&blockid=${encodeURIComponent(id)}`, headers, body);
  }
  const latest = blocks.map((id) => `<Latest>${id}</Latest>`).join('');
  const headers = { 'content-type': 'application/xml', 'x-ms-blob-content-type': content.mimeType };
  const list = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><BlockList>${latest}</BlockList>`;
  await put(send, `${address}&comp=blocklist`, headers, list);
}

async function put(
  send: Send,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer,
): Promise<void> {
  const versioned = { ...headers, accept: 'application/xml', 'x-ms-version': '2026-10-06' };
  const { status, text } = await send({ method: 'PUT', url, headers: versioned, body });
  if (status !== 201) throw new Error(`The upload was answered with ${status}: ${text}`);
}
