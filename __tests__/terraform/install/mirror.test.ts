import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createAuthority } from '../../../local-azure/entrance/authority.ts';
import { fingerprintOf } from '../../../src/trust/openpgp.ts';
import { indexOf, makeSigner, releaseFiles } from './release-builder.ts';
import type { Signer } from './release-builder.ts';

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

describe('a mirror behind a proxy, with a private authority', () => {
  let signer: Signer;
  const authority = createAuthority();
  let mirror: Server;
  let plain: Server;
  let proxy: Server;
  let proxyPort: number;
  let folder: string;
  let shelf: Record<string, Buffer | string>;
  const connected: string[] = [];
  const plainly: string[] = [];
  const tunnels: Duplex[] = [];

  beforeAll(async () => {
    signer = makeSigner();
    const { certificate: cert, key } = authority.issue('mirror.example');
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
      const found = shelf[request.url ?? ''];
      if (found === undefined) response.writeHead(404).end();
      else if (typeof found === 'string') response.writeHead(302, { location: found }).end();
      else response.end(found);
    };
    mirror = createHttpsServer({ key, cert }, answer);
    plain = createHttpServer((request, response) => {
      plainly.push(request.url ?? '');
      answer(request, response);
    });
    const port = await listen(mirror);
    await listen(plain);
    proxy = createHttpServer();
    proxy.on('connect', (request: IncomingMessage, socket) => {
      connected.push(request.url ?? '');
      tunnels.push(socket);
      const upstream = connect(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      upstream.on('error', () => socket.destroy());
      socket.on('error', () => upstream.destroy());
    });
    proxyPort = await listen(proxy);
  });
  afterAll(async () => {
    for (const tunnel of tunnels) tunnel.destroy();
    await Promise.all(
      [mirror, plain, proxy].map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mirror-'));
    await Promise.all(['temp', 'cache'].map((name) => mkdir(join(folder, name))));
    await writeFile(join(folder, 'authority.pem'), authority.certificate);
    shelf = { ...releaseFiles('1.6.6', signer), '/terraform/index.json': indexOf(['1.6.6']) };
    connected.length = 0;
    plainly.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  const install = async (
    version: string,
    changes: Record<string, string> = {},
  ): Promise<{ error?: string; version?: string; source?: string }> => {
    const modulus = signer.trusted.publicKey.export({ format: 'jwk' }).n ?? '';
    const key = {
      fingerprint: fingerprintOf(signer.trusted.created, Buffer.from(modulus, 'base64url')),
      created: signer.trusted.created,
      modulus,
    };
    const env = {
      PATH: '/usr/bin:/bin',
      RUNNER_TEMP: join(folder, 'temp'),
      RUNNER_TOOL_CACHE: join(folder, 'cache'),
      HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
      NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
      ...changes,
    };
    const program = fileURLToPath(new URL('./install-process.ts', import.meta.url));
    const args = [program, JSON.stringify([key, version])];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { error?: string };
  };
  const left = async (): Promise<string[]> => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  };

  it('serves a range, by names that only the proxy can resolve', async () => {
    expect(await install('~> 1.6')).toMatchObject({ version: '1.6.6', source: 'download' });
    expect(new Set(connected)).toEqual(new Set(['mirror.example:8443']));
    expect(await install('~> 1.6')).toMatchObject({ version: '1.6.6', source: 'cache' });
  });

  it('may redirect to https', async () => {
    const [path = ''] = Object.keys(shelf).filter((name) => name.endsWith('.zip'));
    shelf['/elsewhere'] = shelf[path] ?? '';
    shelf[path] = 'https://mirror.example:8443/elsewhere';
    expect(await install('1.6.6')).toMatchObject({ version: '1.6.6' });
  });

  it('is refused when it redirects to plain http, and nothing is left', async () => {
    const [path = ''] = Object.keys(shelf).filter((name) => name.endsWith('SHA256SUMS'));
    const { port } = plain.address() as AddressInfo;
    shelf['/elsewhere'] = shelf[path] ?? '';
    shelf[path] = `http://127.0.0.1:${port}/elsewhere`;
    expect((await install('1.6.6')).error).toMatch(/could not be fetched: .*[Rr]edirect/);
    expect(plainly).toEqual([]);
    expect(await left()).toEqual(['authority.pem']);
  });

  it('is refused where its authority is unknown', async () => {
    const { error } = await install('1.6.6', { NODE_EXTRA_CA_CERTS: '' });
    expect(error).toMatch(/could not be fetched: .*certificate/);
    expect(await left()).toEqual(['authority.pem']);
  });

  it('is missed with a clear Problem where the proxy is gone', async () => {
    const { error } = await install('1.6.6', { HTTPS_PROXY: 'http://127.0.0.1:9' });
    expect(error).toContain('There is no Terraform on the PATH. One that fits could not be');
    expect(error).toContain('terraform-mirror');
  });
});
