import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sendThrough, type ProxiedAnswer } from '../../local-azure/entrance/client.ts';
import { start, type LocalAzure } from '../../local-azure/index.ts';
import type { AttemptName } from '../../local-azure/operations/github/runtime-token.ts';
import { issueRuntimeToken } from '../../local-azure/operations/github/runtime-token.ts';
import { unzipped } from '../../local-azure/secrets/unzip.ts';
import { openWatch } from '../../local-azure/secrets/watch.ts';
import {
  keep,
  remove,
  type Content,
  type Job,
  type Send,
} from '../../scripts/act/artifact-client.ts';
import { zipOf } from '../../src/packaging/zip.ts';
import { variable } from '../support/clients.ts';

const repository = 'octo-org/innereye';
const day = 86_400_000;

let azure: LocalAzure;
let ahead = 0;
const clock = {
  now: () => Date.now() + ahead,
  sleep: (milliseconds: number) => new Promise<void>((done) => void setTimeout(done, milliseconds)),
};

beforeAll(async () => {
  azure = await start({ provider: 'none', pace: 0, clock });
});
afterAll(() => azure.stop());

const send: Send = (request) => sendThrough(azure, request);

/** A job of the world's own run, or of another. */
async function job(name?: AttemptName): Promise<Job> {
  const runtimeToken = name
    ? await issueRuntimeToken(azure.world, name)
    : variable(azure, 'ACTIONS_RUNTIME_TOKEN');
  return { resultsUrl: variable(azure, 'ACTIONS_RESULTS_URL'), runtimeToken };
}

function archive(name: string, text = `content of ${name}`): Content {
  const bytes = zipOf([{ path: 'file.txt', content: Buffer.from(text) }]);
  return { name, mimeType: 'application/zip', bytes };
}

function api(path: string, method = 'GET'): Promise<ProxiedAnswer> {
  const headers = { authorization: `Bearer ${variable(azure, 'GITHUB_TOKEN')}` };
  const url = `https://api.github.com/repos/${repository}/actions${path}`;
  return sendThrough(azure, { method, url, headers });
}

interface Listed {
  readonly id: number;
  readonly name: string;
  readonly digest: string;
  readonly size_in_bytes: number;
  readonly expired: boolean;
  readonly expires_at: string;
  readonly created_at: string;
}

async function listed(query = '', run = variable(azure, 'GITHUB_RUN_ID')): Promise<Listed[]> {
  const answer = await api(`/runs/${run}/artifacts${query}`);
  const { artifacts } = answer.json<{ artifacts: Listed[] }>();
  return artifacts;
}

async function addressOf(id: number | string): Promise<string> {
  const { status, headers } = await api(`/artifacts/${id}/zip`);
  expect(status).toBe(302);
  return headers.location ?? '';
}

/** What a method of the service answers to a message. */
function call(method: string, token: string, message: object): Promise<ProxiedAnswer> {
  const path = `twirp/github.actions.results.api.v1.ArtifactService/${method}`;
  const headers = { authorization: `Bearer ${token}` };
  const url = `${variable(azure, 'ACTIONS_RESULTS_URL')}${path}`;
  return sendThrough(azure, { method: 'POST', url, headers, body: message });
}

function idsIn(token: string): { workflow_run_backend_id: string } {
  const claims = JSON.parse(atob(token.split('.')[1] ?? '')) as { scp: string };
  const run = /Actions\.Results:([\w-]+):[\w-]+$/.exec(claims.scp)?.[1] ?? '';
  return { workflow_run_backend_id: run };
}

describe('artifacts of a run', () => {
  it('come back as they were sent, by the list and the address of the REST API', async () => {
    const bytes = randomBytes(9 * 1024 * 1024); // two blocks
    const kept = await keep(send, await job(), { ...archive('large'), bytes });
    const [found] = await listed('?name=large');
    const digest = createHash('sha256').update(bytes).digest('hex');
    expect(kept.digest).toBe(digest);
    expect(found).toMatchObject({
      ...{ id: Number(kept.id), name: 'large', size_in_bytes: bytes.length, expired: false },
      digest: `sha256:${digest}`,
    });
    const answer = await sendThrough(azure, { url: await addressOf(kept.id) });
    expect(answer.bytes.equals(bytes)).toBe(true);
    expect(answer.headers['content-type']).toBe('application/zip');
    expect(answer.headers['content-disposition']).toContain('filename="large.zip"');
    await remove(send, await job(), 'large'); // what looks for secrets would read all of it
  });

  it('may be plain files', async () => {
    const content = { name: 'note.md', mimeType: 'text/markdown', bytes: Buffer.from('# Note') };
    const { id } = await keep(send, await job(), content);
    const answer = await sendThrough(azure, { url: await addressOf(id) });
    expect([answer.text, answer.headers['content-type']]).toEqual(['# Note', 'text/markdown']);
    expect(answer.headers['content-disposition']).toContain('filename="note.md"');
  });

  it('have a name of their own in an attempt, until they are deleted', async () => {
    const its = await job();
    const first = await keep(send, its, archive('once'));
    const text = 'an artifact with this name already exists on the workflow run';
    await expect(keep(send, its, archive('once'))).rejects.toThrow(`(409): ${text}`);
    await remove(send, its, 'once');
    await remove(send, its, 'once');
    const second = await keep(send, its, archive('once', 'other'));
    expect((await listed('?name=once')).map(({ id }) => id)).toEqual([Number(second.id)]);
    expect((await api(`/artifacts/${first.id}`)).status).toBe(404);
  });

  it('are those of all attempts, the newest first', async () => {
    const runId = 4711;
    await keep(send, await job({ runId, attempt: 1 }), archive('again'));
    await keep(send, await job({ runId, attempt: 2 }), archive('again'));
    const ids = (await listed('', '4711')).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect(ids).toEqual(ids.toSorted((one, other) => other - one));
    expect((await listed()).some(({ name }) => name === 'again')).toBe(false);
    await remove(send, await job({ runId, attempt: 2 }), 'again');
    expect((await listed('', '4711')).map(({ id }) => id)).toEqual(ids.slice(1));
  });

  it('are not there before they are complete', async () => {
    const { runtimeToken } = await job();
    const message = { ...idsIn(runtimeToken), name: 'half', version: 7 };
    expect((await call('CreateArtifact', runtimeToken, message)).status).toBe(200);
    expect(await listed('?name=half')).toEqual([]);
    const end = await call('FinalizeArtifact', runtimeToken, { ...message, size: '1' });
    expect([end.status, end.json()['code']]).toEqual([404, 'not_found']);
  });

  it('are listed by pages and deleted by their id', async () => {
    const run = '4712';
    const its = await job({ runId: 4712, attempt: 1 });
    for (const name of ['one', 'two', 'three']) await keep(send, its, archive(name));
    const page = await api(`/runs/${run}/artifacts?per_page=2&page=2`);
    const { total_count, artifacts } = page.json<{ total_count: number; artifacts: Listed[] }>();
    expect([total_count, artifacts.map(({ name }) => name)]).toEqual([3, ['one']]);
    expect((await api(`/artifacts/${artifacts[0]?.id}`, 'DELETE')).status).toBe(204);
    expect((await listed('', run)).map(({ name }) => name)).toEqual(['three', 'two']);
  });

  it('end after the days that were asked for, and after ninety', async () => {
    const run = '4713';
    const its = await job({ runId: 4713, attempt: 1 });
    await keep(send, its, { ...archive('short'), retention: 3 });
    await keep(send, its, { ...archive('long'), retention: 400 });
    const life = (await listed('', run)).map(({ created_at, expires_at }) =>
      Math.round((Date.parse(expires_at) - Date.parse(created_at)) / day),
    );
    expect(life).toEqual([90, 3]);
    try {
      ahead = 4 * day;
      const [long, short] = await listed('', run);
      expect([long?.expired, short?.expired]).toEqual([false, true]);
      const gone = await api(`/artifacts/${short?.id}/zip`);
      expect([gone.status, gone.json()['message']]).toEqual([410, 'Artifact has expired']);
    } finally {
      ahead = 0;
    }
  });
});

describe('the results service', () => {
  it('knows a job by its runtime token alone', async () => {
    const { runtimeToken } = await job();
    const [head, claims, signature = ''] = runtimeToken.split('.');
    const forged = [head, claims, signature.split('').toReversed().join('')].join('.');
    for (const token of ['', 'nonsense', forged, variable(azure, 'GITHUB_TOKEN')]) {
      const answer = await call('ListArtifacts', token, idsIn(runtimeToken));
      expect([answer.status, answer.json()['code']]).toEqual([401, 'unauthenticated']);
    }
    try {
      ahead = 7 * 3_600_000;
      expect((await call('ListArtifacts', runtimeToken, idsIn(runtimeToken))).status).toBe(401);
    } finally {
      ahead = 0;
    }
  });

  it('gives nothing of one run to another', async () => {
    const [own, other] = [await job(), await job({ runId: 4714, attempt: 1 })];
    await keep(send, other, archive('theirs'));
    const message = { ...idsIn(other.runtimeToken), name: 'theirs' };
    for (const method of ['CreateArtifact', 'GetSignedArtifactURL', 'DeleteArtifact']) {
      const answer = await call(method, own.runtimeToken, message);
      expect([answer.status, answer.json()['msg']]).toEqual([404, 'workflow run not found']);
    }
    expect((await api('/runs/1/artifacts')).status).toBe(404);
  });

  it('refuses names that no artifact may have', async () => {
    for (const name of ['', 'a/b', 'a:b', 'a*', 'a"b', 'a\nb']) {
      await expect(keep(send, await job(), archive(name))).rejects.toThrow('(400)');
    }
  });
});

describe('the addresses of artifacts', () => {
  it('let nobody in without their signature, nor do what they are not for', async () => {
    const { id } = await keep(send, await job(), archive('guarded'));
    const address = new URL(await addressOf(id));
    const ask = async (change: (url: URL) => void, method = 'GET'): Promise<number> => {
      const url = new URL(address);
      change(url);
      const headers = { 'x-ms-version': '2023-11-03', 'x-ms-blob-type': 'BlockBlob' };
      return (await sendThrough(azure, { method, url: url.href, headers, body: '' })).status;
    };
    const given = await ask(() => undefined);
    const unsigned = await ask((url) => (url.search = ''));
    const longer = await ask((url) => url.searchParams.set('se', '2099-01-01T00:00:00Z'));
    const elsewhere = await ask((url) => (url.pathname += 'x'));
    const written = await ask(() => undefined, 'PUT');
    expect([given, unsigned, longer, elsewhere, written]).toEqual([200, 409, 403, 403, 403]);
  });

  it('are secrets, as is the token; and what artifacts hold is looked through', async () => {
    const { id } = await keep(send, await job(), archive('telling', 'x '.repeat(50)));
    const signature = new URL(await addressOf(id)).searchParams.get('sig') ?? '';
    const { runtimeToken } = await job();
    expect(azure.secrets.values.get(signature)).toBe('shared access signature');
    expect(azure.secrets.values.get(runtimeToken)).toBe('runtime token');
    expect(openWatch(azure).look([])).toEqual([]);

    const packed = zipOf(
      [{ path: 'log.txt', content: Buffer.from(`key ${runtimeToken}\n`.repeat(9)) }],
      { compressed: true },
    );
    await keep(send, await job(), { ...archive('leaking'), bytes: packed });
    const leaks = openWatch(azure).look([]);
    expect(leaks.map(({ kind }) => kind)).toContain('runtime token');
    expect(leaks[0]?.where).toContain('log.txt');
    await remove(send, await job(), 'leaking');
  });
});

describe('the stand-in for upload-artifact', () => {
  it('sends what the real client sends', async () => {
    const { requests } = JSON.parse(
      readFileSync(new URL('../fixtures/artifact-client.json', import.meta.url), 'utf8'),
    ) as { requests: [string, string, Record<string, string>][] };
    const sent: unknown[] = [];
    const scp = btoa(JSON.stringify({ scp: 'Actions.Other:x Actions.Results:plan:job' }));
    const its = { resultsUrl: 'https://results/', runtimeToken: `h.${scp}.s` };
    const writes: Send = ({ method, url, headers, body }) => {
      const { pathname, search } = new URL(url);
      const told = method === 'PUT' ? headers : (JSON.parse(String(body)) as object);
      sent.push([method, pathname + search, told]);
      const answers = {
        signed_upload_url: 'https://blobs/account/container/blob.zip?sig=abc',
        artifact_id: '7',
        artifacts: [
          { workflow_run_backend_id: 'p', workflow_job_run_backend_id: 'j', database_id: '7' },
        ],
      };
      return Promise.resolve({
        status: method === 'PUT' ? 201 : 200,
        text: JSON.stringify(answers),
      });
    };
    await keep(writes, its, { ...archive('n'), retention: 3 });
    await remove(writes, its, 'n');
    const withoutDay = (what: unknown): string =>
      JSON.stringify(what, (name, value: unknown) =>
        ['expires_at', 'size', 'hash'].includes(name) ? typeof value : value,
      ).replaceAll(/blockid=[\w%]{64,}/g, 'blockid');
    const sorted = (what: readonly unknown[]): unknown => JSON.parse(withoutDay(what)) as unknown;
    expect(sorted(sent)).toEqual(sorted(requests));
  });

  it('reads archives as they are written', () => {
    const files = [
      { path: 'a.txt', content: Buffer.from('one') },
      { path: 'deep/b.bin', content: randomBytes(5_000) },
    ];
    const wanted = files.map(({ path, content }) => ({ name: path, bytes: content }));
    for (const compressed of [true, false]) {
      expect(unzipped(zipOf(files, { compressed }))).toEqual(wanted);
    }
    expect(unzipped(Buffer.from('no zip'))).toEqual([]);
  });
});
