import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Kept {
  id: number;
  tag_name: string;
  draft: boolean;
  prerelease: boolean;
  body: string;
  assets: { id: number; name: string; digest: string }[];
}

/** A GitHub that keeps releases and tags of the repository o/r, over real HTTP. */
export interface FakeReleases {
  readonly api: string;
  readonly releases: Kept[];
  readonly tags: Map<string, string>;
  /** Annotated tags: the commit by the tag's own id. */
  readonly annotated: Map<string, string>;
  /** Runs of CI. */
  readonly runs: object[];
  /** `METHOD path` of each request. */
  readonly requests: string[];
  /** Breaks the connection at this request, before or after it is done; refuses requests like these. */
  trouble: { breakAt?: number; isDone?: boolean; refuse?: RegExp };
  stop(): Promise<void>;
}

interface Found {
  readonly status: number;
  readonly json?: unknown;
}

const missing: Found = { status: 404, json: { message: 'Not Found' } };

/** Starts one on loopback; it wants the token `t`. */
export async function startReleases(): Promise<FakeReleases> {
  const server = createServer((request, response) => {
    void bytesOf(request).then((body) => {
      const found = serve(request, body);
      if (found === 'broken') return response.destroy();
      response.writeHead(found.status, { 'content-type': 'application/json' });
      return response.end(found.json === undefined ? '' : JSON.stringify(found.json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let last = 100;
  const fake: FakeReleases = {
    ...{ api, releases: [], tags: new Map(), annotated: new Map(), runs: [], requests: [] },
    trouble: {},
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  function serve(request: IncomingMessage, body: Buffer): Found | 'broken' {
    const { breakAt, isDone = false, refuse } = fake.trouble;
    const at = fake.requests.length;
    const url = new URL(request.url ?? '', api);
    const path = url.pathname.replace('/repos/o/r', '');
    const what = `${request.method} ${path}`;
    fake.requests.push(what);
    if (at === breakAt && !isDone) return 'broken';
    if (request.headers.authorization !== 'Bearer t') {
      return { status: 401, json: { message: 'Bad credentials' } };
    }
    if (refuse?.test(what)) return { status: 403, json: { message: 'Not for you' } };
    const found = answer(what, url, body);
    return at === breakAt ? 'broken' : found;
  }

  function answer(what: string, url: URL, body: Buffer): Found {
    const sent = (): Partial<Kept> & { sha: string; ref: string } =>
      JSON.parse(body.toString()) as Partial<Kept> & { sha: string; ref: string };
    const [, method = '', kind = '', name = ''] =
      /^(\w+) (\/releases\/assets|\/releases|\/uploads|\/git\/refs?\/tags|\/git\/refs|\/git\/tags|\/actions\/workflows\/ci.yml\/runs)\/?(.*)$/.exec(
        what,
      ) ?? [];
    if (kind.startsWith('/actions')) return { status: 200, json: { workflow_runs: fake.runs } };
    if (kind === '/git/tags') {
      const sha = fake.annotated.get(name);
      return sha === undefined
        ? missing
        : { status: 200, json: { object: { sha, type: 'commit' } } };
    }
    if (kind.startsWith('/git')) return ofTag(method, name, method === 'GET' ? undefined : sent());
    if (kind === '/uploads') return uploaded(Number(name), url, body);
    if (kind === '/releases/assets') {
      for (const release of fake.releases) {
        release.assets = release.assets.filter(({ id }) => id !== Number(name));
      }
      return { status: 204 };
    }
    return ofRelease(method, Number(name), method === 'GET' ? {} : sent());
  }

  function ofTag(method: string, name: string, sent?: { sha: string; ref?: string }): Found {
    if (sent === undefined) {
      const sha = fake.tags.get(name);
      const type = fake.annotated.has(sha ?? '') ? 'tag' : 'commit';
      return sha === undefined ? missing : { status: 200, json: { object: { sha, type } } };
    }
    fake.tags.set(method === 'POST' ? (sent.ref ?? '').replace('refs/tags/', '') : name, sent.sha);
    return { status: 200, json: {} };
  }

  function uploaded(id: number, url: URL, content: Buffer): Found {
    const release = fake.releases.find((one) => one.id === id);
    const name = url.searchParams.get('name') ?? '';
    if (!release?.draft) return { status: 422, json: { message: 'Release is immutable' } };
    if (release.assets.some((asset) => asset.name === name)) {
      return { status: 422, json: { message: 'already_exists' } };
    }
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    release.assets.push({ id: (last += 1), name, digest });
    return { status: 201, json: {} };
  }

  function ofRelease(method: string, id: number, sent: Partial<Kept>): Found {
    if (method === 'GET') return { status: 200, json: fake.releases.map(view) };
    if (method === 'POST') {
      const fresh = { tag_name: '', draft: false, prerelease: false, body: '', ...sent };
      const release: Kept = { ...fresh, id: (last += 1), assets: [] };
      fake.releases.push(release);
      return { status: 201, json: view(release) };
    }
    const release = fake.releases.find((one) => one.id === id);
    if (release === undefined) return missing;
    Object.assign(release, sent);
    return { status: 200, json: view(release) };
  }

  function view(release: Kept): object {
    const page = `https://github.com/o/r/releases/${release.tag_name}`;
    const upload_url = `${api}/uploads/${release.id}{?name,label}`;
    return { ...release, html_url: page, upload_url };
  }

  return fake;
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
