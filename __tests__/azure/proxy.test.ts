import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAuthority } from '../../local-azure/entrance/authority.ts';
import { startFakeAzure } from '../support/fake-azure.ts';
import type { FakeAzure } from '../support/fake-azure.ts';

let azure: FakeAzure;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'proxy-test-'));
  azure = await startFakeAzure(() => ({ status: 200, body: { name: 'through the proxy' } }));
});

afterEach(async () => {
  await azure.close();
  await rm(folder, { recursive: true, force: true });
});

/** Sends one request to each address, in a process that has nothing but this environment. */
async function asAProcess(env: Record<string, string>, ...urls: string[]): Promise<string[]> {
  const src = new URL('../../src/', import.meta.url);
  const script = join(folder, 'ask.ts');
  await writeFile(
    script,
    `import { openLine } from '${new URL('azure/pipeline.ts', src).href}';
     const credential = { getToken: async () => ({ token: 't', expiresOnTimestamp: Date.now() + 1e8 }) };
     const clock = { now: Date.now, sleep: async () => undefined };
     const log = { info() {}, warn() {}, debug() {}, group: (_: string, work: () => Promise<never>) => work() };
     const send = openLine(credential, 'scope', { clock, log, cancelled: new AbortController().signal });
     for (const url of process.argv.slice(2)) {
       console.log(await send({ method: 'GET', url }).then(({ text }) => text, (error) => error.message));
     }`,
  );
  const child = spawn(process.execPath, [script, ...urls], { env });
  let printed = '';
  child.stdout.on('data', (part: Buffer) => (printed += part.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  return printed.trim().split('\n');
}

const arm = 'https://management.azure.com/subscriptions/s';

describe('requests to Azure', () => {
  it('take proxy and authority from the environment, and go straight where NO_PROXY says', async () => {
    const authority = createAuthority();
    const authorityFile = join(folder, 'authorities.pem');
    await writeFile(authorityFile, `${azure.authority}\n${authority.certificate}`);
    const { certificate, key } = authority.issue('127.0.0.1');
    const direct = createServer({ cert: certificate, key }, (_request, response) => {
      response.end('straight');
    });
    await new Promise<void>((resolve) => direct.listen(0, '127.0.0.1', resolve));
    const { port } = direct.address() as AddressInfo;
    const env = {
      HTTPS_PROXY: azure.proxyUrl,
      NODE_EXTRA_CA_CERTS: authorityFile,
      NO_PROXY: 'localhost,127.0.0.1',
    };
    const answers = await asAProcess(env, arm, `https://127.0.0.1:${port}/`);
    direct.close();
    direct.closeAllConnections();
    expect(answers).toEqual([JSON.stringify({ name: 'through the proxy' }), 'straight']);
  });

  it('trust no authority that nobody has named', async () => {
    const [answer] = await asAProcess({ HTTPS_PROXY: azure.proxyUrl }, arm);
    expect(answer).toMatch(/certificate/);
    expect(azure.asked).toEqual([]);
  });
});
