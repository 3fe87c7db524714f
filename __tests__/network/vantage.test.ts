import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { explain } from '../../src/azure/explain.ts';
import { Cancelled } from '../../src/errors.ts';
import type { Look } from '../../src/network/vantage.ts';
import { openVantage } from '../../src/network/open-vantage.ts';
import type { Machine } from '../support/probe-machine.ts';
import { startMachine } from '../support/probe-machine.ts';
import { outputs, settings } from '../support/settings.ts';
import type { Workshop } from '../support/workshop.ts';
import { workshop } from '../support/workshop.ts';

const KEY = 'e7d1f9c2-pass-key';
const seen: { url: string; method: string; headers: Record<string, unknown>; body: string }[] = [];
let machine: Machine;
let place: Workshop;

beforeAll(async () => {
  machine = await startMachine('lab-probe', (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const url = request.url ?? '';
      seen.push({ url, method: request.method ?? '', headers: request.headers, body });
      const json = (status: number, value: unknown): void => {
        response.writeHead(status, { 'Content-Type': 'application/json', Server: 'test' });
        response.end(JSON.stringify(value));
      };
      if (url.startsWith('http://169.254.169.254/')) {
        if (request.headers['metadata'] !== 'true') return json(400, {});
        return json(200, {
          access_token: `token-for-${new URL(url).searchParams.get('resource')}`,
        });
      }
      if (url.startsWith('http://vault.test/secrets/inference-api-key?')) {
        const allowed =
          request.headers.authorization === 'Bearer token-for-https://vault.azure.net';
        return allowed ? json(200, { value: KEY, id: 'x' }) : json(401, {});
      }
      if (url.startsWith('http://vault.test/')) return json(403, { error: 'no' });
      if (url === 'http://history.test/details') {
        const logs = { 'user_logs/std_log.txt': 'http://blob.test/log?sig=secret-signature&x=1' };
        const text = JSON.stringify({ logFiles: logs }).replace(/&/g, '\\u0026');
        response.writeHead(200, { 'Content-Type': 'application/json' });
        return void response.end(text.replace('http://blob', 'https://blob'));
      }
      if (url === 'http://long.test/') return void response.end('é'.repeat(9000));
      if (url === 'http://lines.test/') return void response.end('a 1\nMean Dice: 0.5\nb 2\n');
      return json(200, { url });
    });
  });
});
afterAll(async () => machine.stop());
beforeEach(() => {
  seen.length = 0;
  place = workshop();
  machine.reset(() => place.tools.clock.now());
  place.arm.on(machine.script);
});

const inside = () => openVantage(outputs(), settings(), place.session, place.tools);
const look = async (...looks: Look[]) => inside().look(looks);

describe('the vantage point inside', () => {
  it('makes the requests on the probe machine and gives what they saw, in order', async () => {
    const sights = await look(
      { name: 'first', method: 'GET', url: "http://app.test/a?b='c'$(id)`id`&d=%20" },
      { name: 'second', method: 'POST', url: 'http://app.test/post', body: 'some "text"\n$HOME' },
    );
    expect(sights).toMatchObject([
      {
        name: 'first',
        status: 200,
        cut: false,
        headers: { 'content-type': 'application/json', server: 'test' },
      },
      { name: 'second', status: 200 },
    ]);
    expect(seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect(seen[1]?.body).toBe('some "text"\n$HOME');
  });

  it('sends an empty body, with its length, where a POST has none', async () => {
    await look({ name: 'post', method: 'POST', url: 'http://app.test/' });
    expect(seen[0]?.headers).toMatchObject({ 'content-length': '0' });
  });

  it('fetches the secret of a header on the machine and shows it nowhere', async () => {
    const secretHeader = {
      header: 'API_AUTH_SECRET',
      vaultUri: 'http://vault.test/',
      secret: 'inference-api-key',
    };
    const [sight] = await look({
      name: 'ping',
      method: 'GET',
      url: 'http://app.test/',
      secretHeader,
    });
    expect(sight?.status).toBe(200);
    expect(seen.at(-1)?.headers['api_auth_secret']).toBe(KEY);
    const traces = JSON.stringify([machine.printed, machine.bodies, place.log, place.arm.calls]);
    expect(traces).not.toContain(KEY);
    expect(Buffer.from(traces, 'base64').toString('latin1')).not.toContain(KEY);
  });

  it('names the step that failed where the secret is refused', async () => {
    const secretHeader = { header: 'X', vaultUri: 'http://vault.test', secret: 'other' };
    const [sight] = await look({
      name: 'ping',
      method: 'GET',
      url: 'http://app.test/',
      secretHeader,
    });
    expect(sight).toMatchObject({
      status: undefined,
      failure: { kind: 'secret', text: 'Key Vault did not give the secret (status 403)' },
    });
  });

  it('says why no answer came, and goes on with the next look', async () => {
    const sights = await look(
      { name: 'tunnel', method: 'GET', url: 'https://blocked.test/' },
      { name: 'next', method: 'GET', url: 'http://app.test/' },
    );
    expect(sights.map(({ status }) => status)).toEqual([undefined, 200]);
    expect(sights[0]?.failure?.kind).toBe('unreached');
  });

  it('cuts a body at either end and says so', async () => {
    const [start, end] = await look(
      { name: 'start', method: 'GET', url: 'http://long.test/', bytes: 1000 },
      { name: 'end', method: 'GET', url: 'http://long.test/', bytes: 2400, part: 'end' },
    );
    expect(start).toMatchObject({ cut: true, body: 'é'.repeat(500) });
    expect(end).toMatchObject({ cut: true, body: 'é'.repeat(1200) });
  });

  it('brings home only the lines that were asked for', async () => {
    const [sight] = await look({
      name: 'log',
      method: 'GET',
      url: 'http://lines.test/',
      pick: 'Mean Dice',
    });
    expect(sight?.body).toBe('Mean Dice: 0.5\n');
  });

  it('follows an address in the answer without printing it', async () => {
    const [sight] = await look({
      ...{ name: 'log', method: 'GET', url: 'http://history.test/details' },
      ...{ linked: 'user_logs/std_log.txt', bearer: 'https://management.azure.com' },
    });
    expect(seen.map(({ url }) => url)).toContain('http://history.test/details');
    expect(seen.at(-1)?.headers['authorization']).toBe(
      'Bearer token-for-https://management.azure.com',
    );
    expect(sight?.failure?.kind).toBe('linked');
    expect(Buffer.from(machine.printed.join(), 'base64').toString()).not.toContain('signature');
  });

  it('stays below the 4,096 bytes that Azure keeps, by using several runs', async () => {
    const looks = Array.from({ length: 20 }, (_, index): Look => {
      return { name: `look-${index}`, method: 'GET', url: 'http://long.test/', resolve: true };
    });
    const sights = await inside().look(looks);
    expect(sights).toHaveLength(20);
    expect(machine.printed.length).toBeGreaterThan(1);
    expect(Math.max(...machine.printed.map((text) => text.length))).toBeLessThan(4096);
  });

  it('says what a name resolves to on the machine', async () => {
    const [sight] = await look({
      name: 'here',
      method: 'GET',
      url: 'http://localhost:1/',
      resolve: true,
    });
    expect(sight?.resolved).toEqual(['127.0.0.1']);
  });

  it('starts a deallocated machine and puts it back', async () => {
    machine.running = false;
    const vantage = inside();
    await vantage.look([{ name: 'one', method: 'GET', url: 'http://app.test/' }]);
    expect(machine.running).toBe(true);
    await vantage.close();
    expect(machine.running).toBe(false);
  });

  it('puts a machine back whose start was cut off', async () => {
    machine.running = false;
    place.arm.on({
      'POST /virtualMachines/lab-probe/start': () => {
        machine.running = true;
        throw new Cancelled('The run was cancelled while waiting.');
      },
    });
    const vantage = inside();
    const looking = vantage.look([{ name: 'one', method: 'GET', url: 'http://app.test/' }]);
    await expect(looking).rejects.toMatchObject({ name: 'Cancelled' });
    await vantage.close();
    expect(machine.running).toBe(false);
  });

  it('puts a machine back that it found running without a user, as Terraform leaves it', async () => {
    const vantage = inside();
    await vantage.look([{ name: 'one', method: 'GET', url: 'http://app.test/' }]);
    await vantage.close();
    expect(machine.running).toBe(false);
    expect(place.log).not.toContain('Starting the probe machine.');
  });

  it('does not tell of a run command that was refused, as if it stayed', async () => {
    const refused = (): never => {
      throw explain('Looking from the probe machine', {
        ...{ status: 403, headers: {}, bytes: Buffer.of() },
        text: '{"error":{"code":"AuthorizationFailed","message":"no"}}',
      });
    };
    const one = { name: 'one', method: 'GET', url: 'http://app.test/' } as const;
    place.arm.on({ 'PUT ': refused, 'DELETE ': refused, 'GET ': () => undefined });
    await expect(look(one)).rejects.toThrow(/^Looking from the probe machine: AuthorizationFailed/);
    expect(place.log.filter((line) => line.includes('run command stays'))).toEqual([]);
    place.arm.on({ 'GET ': () => ({ name: 'there' }) });
    await expect(look(one)).rejects.toThrow();
    expect(place.log.filter((line) => line.includes('run command stays'))).not.toEqual([]);
  });

  it('names each run command after the run and leaves none behind', async () => {
    const vantage = inside();
    await vantage.look([{ name: 'one', method: 'GET', url: 'http://app.test/' }]);
    await vantage.look([{ name: 'two', method: 'GET', url: 'http://app.test/' }]);
    const puts = place.arm.calls.filter(({ method }) => method === 'PUT').map(({ path }) => path);
    expect(puts).toHaveLength(2);
    for (const path of puts) expect(path).toMatch(/\/runCommands\/innereye-4711-1-[0-9a-f]{8}$/);
    expect(machine.commands.size).toBe(1);
    await vantage.close();
    expect(machine.commands.size).toBe(0);
  });

  it('says that there is no machine', async () => {
    place.arm.on({ 'GET /virtualMachines/lab-probe/instanceView': () => undefined });
    await expect(look({ name: 'one', method: 'GET', url: 'http://app.test/' })).rejects.toThrow(
      /probe machine does not exist/,
    );
  });

  it.each([
    [
      'a failed script',
      { executionState: 'Failed', exitCode: 64, output: '', error: 'no' },
      /exit code 64/,
    ],
    ['empty output', { executionState: 'Succeeded', exitCode: 0, output: '' }, /cannot be read/],
    [
      'a line too many',
      {
        executionState: 'Succeeded',
        exitCode: 0,
        output: 'looks 1\none 0 200,, - 0 h .\nx\nend 1',
      },
      /cannot be read/,
    ],
    [
      'the line of another look',
      { executionState: 'Succeeded', exitCode: 0, output: 'looks 1\ntwo 0 200,, - 0 h .\nend 1' },
      /cannot be read/,
    ],
    [
      'a workflow command',
      {
        executionState: 'Succeeded',
        exitCode: 0,
        output: 'looks 1\n::set-output name=x::y\nend 1',
      },
      /cannot be read/,
    ],
    [
      'a script that does not tell its exit code',
      { executionState: 'Succeeded', output: 'looks 1\none 0 200,, - 0 h .\nend 1' },
      /exit code unknown/,
    ],
    [
      'output that is no text',
      { executionState: 'Succeeded', exitCode: 0, output: { looks: 1 } },
      /cannot be read/,
    ],
    [
      'more of a body than was asked for',
      {
        executionState: 'Succeeded',
        exitCode: 0,
        output: `looks 1\none 0 200,, - 999 h ${'QUFB'.repeat(80)}.\nend 1`,
      },
      /cannot be read/,
    ],
    [
      'a script that ends well but for its exit code',
      { executionState: 'Succeeded', exitCode: 1, output: 'looks 1\none 0 200,, - 0 h .\nend 1' },
      /exit code 1/,
    ],
  ])('refuses %s', async (_, instanceView, message) => {
    const view = { ...instanceView, error: 'error' in instanceView ? instanceView.error : '' };
    place.arm.on({ 'GET ?$expand=instanceView': () => ({ properties: { instanceView: view } }) });
    await expect(look({ name: 'one', method: 'GET', url: 'http://app.test/' })).rejects.toThrow(
      message,
    );
    expect(machine.commands.size).toBe(0);
  });
});

describe('the vantage point of the runner', () => {
  const direct = () =>
    openVantage(outputs(), settings({ vantage: 'direct' }), place.session, place.tools);

  it('fetches the secret itself and masks it', async () => {
    place.answer(({ url }) => ({
      status: 200,
      headers: {},
      text: url.includes('/secrets/') ? JSON.stringify({ value: KEY }) : 'fine',
    }));
    const secretHeader = {
      header: 'API_AUTH_SECRET',
      vaultUri: 'https://v.vault.azure.net/',
      secret: 'k',
    };
    const [sight] = await direct().look([
      { name: 'ping', method: 'GET', url: 'https://app.test/', secretHeader },
    ]);
    expect(sight).toMatchObject({ status: 200, body: 'fine' });
    expect(place.requests.at(-1)?.headers).toEqual({ API_AUTH_SECRET: KEY });
    expect(place.hidden).toContain(KEY);
  });

  it('gives a failure where nothing answers', async () => {
    const [sight] = await direct().look([{ name: 'x', method: 'GET', url: 'https://app.test/' }]);
    expect(sight?.failure).toEqual({ kind: 'unreached', text: 'connect ECONNREFUSED' });
  });
});
