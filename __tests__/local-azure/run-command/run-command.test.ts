import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { operations as metadata } from '../../../local-azure/operations/instance-metadata/index.ts';
import { operations as secrets } from '../../../local-azure/operations/key-vault-secrets/index.ts';
import { operations as runCommand } from '../../../local-azure/operations/run-command/index.ts';
import { pollOperations as polls } from '../../../local-azure/operations/resources/polls.ts';
import type { Operation } from '../../../local-azure/operation.ts';
import type { World } from '../../../local-azure/world.ts';
import { allowData, closedNetwork, machine, vault } from '../inside/closed-network.ts';
import { asker } from '../inside/requests.ts';
import { openInside, type Inside } from '../inside/services.ts';

const arm: Operation = {
  host: 'management.azure.com',
  route: 'GET /ping',
  answer: () => ({ status: 200, body: { pong: true } }),
};

let world: World;
let remove: () => Promise<void>;
let inside: Inside;
let ask: ReturnType<typeof asker>;
beforeEach(async () => {
  ({ world, remove } = await closedNetwork());
  inside = await openInside(world, [arm, ...secrets]);
  ask = asker(world, [...runCommand, ...polls, ...secrets, ...metadata]);
});
afterEach(async () => {
  await inside.close();
  await remove();
});

interface View {
  executionState: string;
  startTime?: string;
  endTime?: string;
  exitCode: number;
  output: string;
  error: string;
}

/** Waits for the operation of a PUT to end, and gives the poll's last body. */
async function settled(headers: Readonly<Record<string, string>> | undefined): Promise<unknown> {
  const url = new URL(headers?.['Azure-AsyncOperation'] ?? '');
  for (;;) {
    const { body } = await ask(`GET ${url.pathname}${url.search}`);
    const { status } = body as { status: string };
    if (status !== 'InProgress') return body;
  }
}

/** Runs a script to its end and gives its instance view. */
async function run(script: string, more: Record<string, unknown> = {}): Promise<View> {
  const properties = { source: { script }, ...more };
  const { headers } = await ask(`PUT ${machine}/runCommands/c1`, { body: { properties } });
  await settled(headers);
  return view();
}

async function view(name = 'c1'): Promise<View> {
  const { body } = await ask(`GET ${machine}/runCommands/${name}?$expand=instanceView`);
  return (body as { properties: { instanceView: View } }).properties.instanceView;
}

describe('a run command', () => {
  it('runs its script and tells exit code, output and error', async () => {
    expect(await run('echo out; echo err >&2; exit 3')).toMatchObject({
      executionState: 'Failed',
      exitCode: 3,
      output: 'out\n',
      error: 'err\n',
    });
  });

  it('answers 201 with a poll at first and 200 the second time', async () => {
    const body = { location: 'westeurope', properties: { source: { script: 'true' } } };
    const first = await ask(`PUT ${machine}/runCommands/c1`, { body });
    expect(first).toMatchObject({
      status: 201,
      body: { name: 'c1', properties: { provisioningState: 'Creating' } },
    });
    await settled(first.headers);
    expect(await ask(`PUT ${machine}/runCommands/c1`, { body })).toMatchObject({ status: 200 });
  });

  it('shows its instance view only where it is asked for', async () => {
    await run('true');
    const { body } = await ask(`GET ${machine}/runCommands/c1`);
    expect(body).not.toHaveProperty('properties.instanceView');
    expect(body).toHaveProperty('properties.provisioningState', 'Succeeded');
  });

  it('passes named parameters as variables and the others as arguments, and never returns protected ones', async () => {
    const parameters = [{ name: 'GREETING', value: 'good day' }, { value: 'first' }];
    const protectedParameters = [{ name: 'KEY', value: 's3cret-key' }];
    const end = await run('echo "$GREETING/$1/${#KEY}"', { parameters, protectedParameters });
    expect(end.output).toBe('good day/first/10\n');
    const { body } = await ask(`GET ${machine}/runCommands/c1?$expand=instanceView`);
    expect(JSON.stringify(body)).toContain('good day');
    expect(JSON.stringify(body)).not.toContain('s3cret-key');
  });

  it('keeps the last 4096 bytes of output', async () => {
    const end = await run('for i in $(seq 1 2000); do echo "line $i"; done');
    expect(Buffer.byteLength(end.output)).toBe(4096);
    expect(end.output.endsWith('line 2000\n')).toBe(true);
  });

  it('has a clean environment', async () => {
    process.env['LOCAL_AZURE_TEST_LEAK'] = 'leaked';
    const end = await run('env; pwd; echo "home=$HOME"');
    delete process.env['LOCAL_AZURE_TEST_LEAK'];
    expect(end.output).not.toContain('leaked');
    expect(end.output).toContain(world.folder);
  });

  it('is killed with all it started when its time is over', async () => {
    const end = await run('sleep 60 & echo started; wait', { timeoutInSeconds: 1 });
    expect(end).toMatchObject({ executionState: 'TimedOut', output: 'started\n' });
  });

  it('fails its operation only where it was asked to', async () => {
    const properties = { source: { script: 'exit 1' }, treatFailureAsDeploymentFailure: true };
    const put = await ask(`PUT ${machine}/runCommands/c1`, { body: { properties } });
    expect(await settled(put.headers)).toMatchObject({
      status: 'Failed',
      error: { code: 'VMExtensionProvisioningError' },
    });
    expect(await ask(`GET ${machine}/runCommands/c1`)).toMatchObject({
      body: { properties: { provisioningState: 'Failed' } },
    });
  });

  it('ends its operation before its script where it is asynchronous, and its script when it is deleted', async () => {
    const script = 'echo $$ > pid; echo begun; sleep 60';
    const body = { properties: { source: { script }, asyncExecution: true } };
    const put = await ask(`PUT ${machine}/runCommands/c1`, { body });
    expect(await settled(put.headers)).toMatchObject({ status: 'Succeeded' });
    expect(await view()).toMatchObject({ executionState: 'Running' });
    expect(await ask(`DELETE ${machine}/runCommands/c1`)).toMatchObject({ status: 200 });
    await expect(ask(`GET ${machine}/runCommands/c1`)).resolves.toMatchObject({ status: 404 });
    const running = world.data.get('processes') as Set<{ ended: Promise<unknown> }>;
    await Promise.all([...running].map(({ ended }) => ended));
    expect(running.size).toBe(0);
  });

  it('is neither made nor deleted on a machine that is deallocated', async () => {
    await run('true');
    const off = await ask(`POST ${machine}/deallocate`);
    expect(off.status).toBe(202);
    expect(await ask(`GET ${machine}/instanceView`)).toMatchObject({
      body: {
        statuses: expect.arrayContaining([
          expect.objectContaining({ code: 'PowerState/deallocated' }),
        ]),
      },
    });
    const body = { properties: { source: { script: 'true' } } };
    expect(await ask(`PUT ${machine}/runCommands/c1`, { body })).toMatchObject({
      status: 409,
      body: { error: { code: 'OperationNotAllowed' } },
    });
    expect((await ask(`DELETE ${machine}/runCommands/c1`)).status).toBe(409);
    await ask(`POST ${machine}/start`);
    expect(await run('echo up')).toMatchObject({ output: 'up\n' });
  });
});

describe('run commands of one machine', () => {
  const put = (name: string, script: string, more: Record<string, unknown> = {}) =>
    ask(`PUT ${machine}/runCommands/${name}`, {
      body: { properties: { source: { script }, ...more } },
    });
  /** Waits until a file is there: scripts tell each other so that they run. */
  const untilThere = (file: string) => `until [ -e "$TMPDIR/${file}" ]; do sleep 0.02; done`;

  it('run side by side', async () => {
    const first = await put('first', `touch "$TMPDIR/a"; ${untilThere('b')}; echo one`);
    const second = await put('second', `${untilThere('a')}; touch "$TMPDIR/b"; echo two`);
    await Promise.all([settled(first.headers), settled(second.headers)]);
    expect([(await view('first')).output, (await view('second')).output]).toEqual([
      'one\n',
      'two\n',
    ]);
  });

  it('are 25 at most, until one is deleted', async () => {
    const puts = Array.from({ length: 25 }, (_, index) => put(`c${index}`, 'true'));
    await Promise.all((await Promise.all(puts)).map(({ headers }) => settled(headers)));
    expect(await put('more', 'true')).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('(25)') } },
    });
    expect((await put('c3', 'true')).status).toBe(200);
    await ask(`DELETE ${machine}/runCommands/c7`);
    expect((await put('more', 'true')).status).toBe(201);
  });

  it('leave on the disk what they were killed over, until the machine starts again', async () => {
    await run('echo kept > "$TMPDIR/left"; sleep 60', { timeoutInSeconds: 1 });
    expect(await view()).toMatchObject({
      executionState: 'TimedOut',
      startTime: expect.any(String),
    });
    expect((await run('cat "$TMPDIR/left"')).output).toBe('kept\n');
    await ask(`POST ${machine}/restart`);
    expect((await run('ls "$TMPDIR"')).output).toBe('');
  });

  it('are lost with the machine when it is deallocated under them', async () => {
    const first = await put('c1', 'touch "$TMPDIR/begun"; sleep 60');
    await untilBegun();
    await ask(`POST ${machine}/deallocate`);
    expect(await settled(first.headers)).toMatchObject({
      status: 'Failed',
      error: { code: 'OperationPreempted' },
    });
    expect(await view()).toMatchObject({ executionState: 'Unknown' });
    expect(await view()).not.toHaveProperty('exitCode');
    expect(await ask(`GET ${machine}/runCommands/c1`)).toMatchObject({
      body: { properties: { provisioningState: 'Failed' } },
    });
  });

  async function untilBegun(): Promise<void> {
    const other = await put('other', untilThere('begun'));
    await settled(other.headers);
  }
});

describe('two changes of power at once', () => {
  it('end with the later one, and the earlier one fails', async () => {
    await remove();
    let now = 1_900_000_000_000;
    const clock = { now: () => now, sleep: async (ms: number) => void (now += ms) };
    ({ world, remove } = await closedNetwork({ pace: 1, clock }));
    ask = asker(world, [...runCommand, ...polls]);
    const off = await ask(`POST ${machine}/deallocate`);
    const on = await ask(`POST ${machine}/start`);
    expect(await settled(off.headers)).toMatchObject({
      status: 'Failed',
      error: { code: 'OperationPreempted' },
    });
    expect(await settled(on.headers)).toMatchObject({ status: 'Succeeded' });
    const { body } = await ask(`GET ${machine}/instanceView`);
    expect(JSON.stringify(body)).toContain('PowerState/running');
  });
});

describe('a script inside the network', () => {
  it('reaches what the firewall lets out, and is told 403 for the rest', async () => {
    const end = await run(
      `curl -sS https://management.azure.com/ping?api-version=2022-09-01; echo; curl -sS -o /dev/null -w '%{http_connect}\\n' https://example.com`,
    );
    expect(end.output).toBe('{"pong":true}\n403\n');
    expect(end.error).toContain('403');
  });

  it('signs in with the identity of its machine and reads a secret over the private endpoint', async () => {
    const body = { properties: { value: 'the pass key' } };
    await ask(`PUT ${vault}/secrets/api-auth-secret`, { body });
    allowData(world, 'probe-principal', vault, [
      'Microsoft.KeyVault/vaults/secrets/getSecret/action',
    ]);
    const end = await run(`
      token=$(curl -sS -H Metadata:true 'http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://vault.azure.net' | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
      curl -sS -H "Authorization: Bearer $token" 'https://kv1.vault.azure.net/secrets/api-auth-secret?api-version=7.4'`);
    expect(end.error).toBe('');
    expect(JSON.parse(end.output)).toMatchObject({ value: 'the pass key' });
    expect(inside.journal.entries.at(-1)).toMatchObject({ door: 'inside', status: 200 });
  });

  it('sees names as the network resolves them', async () => {
    const end = await run(
      'getent ahostsv4 kv1.vault.azure.net; getent hosts example.com | cut -c1-7',
    );
    expect(end.output).toMatch(/^10\.1\.0\.10 .*\n198\.1[89]\.\n$/);
  });

  it('gets no token without the metadata header', async () => {
    const end = await run(
      `curl -s -o /dev/null -w '%{http_code}' 'http://169.254.169.254/metadata/identity/oauth2/token?resource=x'`,
    );
    expect(end.output).toBe('400');
  });
});
