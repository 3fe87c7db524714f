import { afterEach, describe, expect, it } from '@jest/globals';
import { openBroker } from '../../src/login/broker.ts';
import type { Broker } from '../../src/login/broker.ts';
import { azureTools, fastClock } from '../support/azure-tools.ts';
import type { TestTools } from '../support/azure-tools.ts';

const entra = 'api://AzureADTokenExchange';
let broker: Broker | undefined;

async function open(tools: TestTools): Promise<Broker> {
  broker = await openBroker(tools);
  return broker;
}

async function ask(
  { url, bearer }: Broker,
  query: string,
  authorization = `Bearer ${bearer.reveal()}`,
  method = 'GET',
): Promise<{ status: number; body: { value?: string; message?: string } }> {
  const response = await fetch(`${url}${query}`, { method, headers: { authorization } });
  return { status: response.status, body: (await response.json()) as { value?: string } };
}

afterEach(async () => {
  await broker?.close();
  broker = undefined;
});

describe('the token broker', () => {
  it("gives an assertion for Entra's audience, in the form of the runner's endpoint", async () => {
    const tools = azureTools();
    const { status, body } = await ask(await open(tools), `?audience=${encodeURIComponent(entra)}`);
    expect(status).toBe(200);
    expect(body.value?.split('.')).toHaveLength(3);
    expect(tools.audiences).toEqual([entra]);
  });

  it.each([
    ['another audience', '?audience=https://evil.example'],
    ['none', ''],
    ['an empty one', '?audience='],
    ['two', `?audience=${entra}&audience=sts.amazonaws.com`],
    ['one that only begins like it', `?audience=${entra}2`],
  ])('refuses %s, says so in the log, and asks nobody', async (_kind, query) => {
    const tools = azureTools();
    const { status, body } = await ask(await open(tools), query);
    expect(status).toBe(403);
    expect(body.value).toBeUndefined();
    expect(tools.log.lines.join()).toMatch(/was refused/);
    expect(tools.audiences).toEqual([]);
  });

  it.each(['', 'Bearer ', 'Bearer wrong', 'Basic x'])('refuses the bearer "%s"', async (given) => {
    const tools = azureTools();
    const { status } = await ask(await open(tools), `?audience=${entra}`, given);
    expect(status).toBe(401);
    expect(tools.audiences).toEqual([]);
  });

  it('answers GET on its one path only', async () => {
    const opened = await open(azureTools());
    const bearer = `Bearer ${opened.bearer.reveal()}`;
    expect((await ask(opened, `?audience=${entra}`, bearer, 'POST')).status).toBe(404);
    expect((await ask(opened, `/more?audience=${entra}`)).status).toBe(404);
  });

  it('masks its bearer, and draws a new one each time', async () => {
    const tools = azureTools();
    const first = (await open(tools)).bearer.reveal();
    expect(tools.hidden).toContain(first);
    await broker?.close();
    expect((await open(tools)).bearer.reveal()).not.toBe(first);
  });

  it('listens on this machine alone', async () => {
    expect(new URL((await open(azureTools())).url).hostname).toBe('127.0.0.1');
  });

  it('asks the runner once for many at the same time, and keeps the answer', async () => {
    const tools = azureTools();
    const opened = await open(tools);
    await Promise.all(Array.from({ length: 10 }, () => ask(opened, `?audience=${entra}`)));
    await ask(opened, `?audience=${entra}`);
    expect(tools.audiences).toHaveLength(1);
  });

  it.each([
    [300, 239, 1],
    [300, 241, 2],
    [30, 19, 1],
    [30, 21, 2],
  ])(
    'renews an assertion of %i s in time (after %i s: %i asked)',
    async (seconds, after, times) => {
      const clock = fastClock();
      const tools = azureTools({ clock, idToken: { seconds } });
      const opened = await open(tools);
      await ask(opened, `?audience=${entra}`);
      await clock.sleep(after);
      await ask(opened, `?audience=${entra}`);
      expect(tools.audiences).toHaveLength(times);
    },
  );

  it('hands on what the runner said when it gave none, and asks again the next time', async () => {
    const tools = azureTools({ refuseIdToken: new Error('the runner is busy') });
    const opened = await open(tools);
    expect(await ask(opened, `?audience=${entra}`)).toEqual({
      status: 502,
      body: { message: 'the runner is busy' },
    });
    await ask(opened, `?audience=${entra}`);
    expect(tools.audiences).toHaveLength(2);
  });

  it('is gone once it is closed', async () => {
    const opened = await open(azureTools());
    await opened.close();
    await expect(ask(opened, `?audience=${entra}`)).rejects.toThrow();
    broker = undefined;
  });
});
