import { afterEach, describe, expect, it } from '@jest/globals';
import { app, change, rules, vault } from '../inside/closed-network.ts';
import { configure } from '../inside/closed-network.ts';
import {
  appSettings,
  connectionStrings,
  passKey,
  setStage,
  type Stage,
} from '../contract-app/deployed-app.ts';

let stage: Stage;
afterEach(() => stage.close());

const ping = (key: string) => ({ headers: { api_auth_secret: key } });

describe('a deployment', () => {
  it('brings the package through the network of the app and starts it', async () => {
    stage = await setStage();
    expect(await stage.app('GET /')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html' },
    });
    expect(await stage.deploy()).toMatchObject({ status: 4, active: true });
    expect(await stage.ask(`GET ${app}/extensions/onedeploy`)).toMatchObject({
      status: 200,
      body: { properties: { status: 4 } },
    });
    const health = await stage.app('GET /');
    expect(health).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(String(health.body)).toBe('{"status":"Healthy"}\n');
    expect((await stage.app('GET /v1/ping', ping(passKey))).status).toBe(200);
  });

  it('replaces the one before it, which is no longer active', async () => {
    stage = await setStage();
    await stage.deploy();
    await stage.deploy();
    const { body } = await stage.ask(`GET ${app}/deployments`);
    const active = (body['value'] as { properties: { active: boolean } }[]).map(
      ({ properties }) => properties.active,
    );
    expect(active).toEqual([true, false]);
  });

  it('fails where the firewall does not let the app reach the package', async () => {
    stage = await setStage((world) => change(world, rules, { ruleCollections: [] }));
    const failed = await stage.deploy();
    expect(failed).toMatchObject({ status: 3, active: false });
    expect(String(failed['status_text'])).toContain('Failed to download the package');
  });

  it('fails where the address is refused, and where it is no zip', async () => {
    stage = await setStage();
    const refused = await stage.deploy(
      'https://state1.blob.core.windows.net/packages/app.zip?sig=x',
    );
    expect(String(refused['status_text'])).toContain('403');
    await expect(
      stage.ask(`PUT ${app}/extensions/onedeploy`, { body: { properties: { packageUri: 'x' } } }),
    ).resolves.toMatchObject({ status: 400 });
  });
});

describe('the front end of a site', () => {
  it('refuses from outside what has no public access, with the page of the platform', async () => {
    stage = await setStage();
    await stage.deploy();
    const answer = await stage.app('GET /', { vantage: 'outside' });
    expect(answer).toMatchObject({ status: 403, headers: { 'content-type': 'text/html' } });
    expect(answer.headers).toHaveProperty('x-ms-forbidden-ip');
    change(stage.world, app, { publicNetworkAccess: 'Enabled' });
    expect(await stage.app('GET /', { vantage: 'outside' })).toMatchObject({ status: 200 });
  });

  it('answers 503 for an app that does not start, and keeps its log', async () => {
    stage = await setStage((world) =>
      configure(world, app, { ...appSettings, SUBSCRIPTION_ID: 'another' }, connectionStrings),
    );
    await stage.deploy();
    expect(await stage.app('GET /')).toMatchObject({
      status: 503,
      headers: { 'content-type': 'text/html' },
    });
    const { body } = await stage.ask(`POST ${app}/containerlogs`);
    expect(String(body)).toContain('The app does not start');
    expect(String(body)).toContain('has exited, failing site start');
    expect(String(body)).toContain('because it failed during startup');
  });

  it('answers 403 for an app that was stopped, until it is started', async () => {
    stage = await setStage();
    await stage.deploy();
    await stage.ask(`POST ${app}/stop`);
    expect((await stage.app('GET /')).status).toBe(403);
    await stage.ask(`POST ${app}/start`);
    expect((await stage.app('GET /')).status).toBe(200);
  });
});

describe('settings of a site', () => {
  const references = async (): Promise<unknown> =>
    (await stage.ask(`GET ${app}/config/configreferences/connectionstrings`)).body;

  it('show how a Key Vault reference was resolved, without its value', async () => {
    stage = await setStage();
    await stage.deploy();
    const found = JSON.stringify(await references());
    expect(found).toContain('"status":"Resolved"');
    expect(found).not.toContain(passKey);
  });

  it.each([
    ['AccessToKeyVaultDenied', (world: Stage['world']) => dropRoles(world)],
    [
      'SecretNotFound',
      (world: Stage['world']) => void world.resources.delete(`${vault}/secrets/pass-key`),
    ],
    ['VaultNotFound', (world: Stage['world']) => void world.resources.delete(vault)],
  ])('leave a reference as it is and say %s', async (status, damage) => {
    stage = await setStage(damage);
    expect(JSON.stringify(await references())).toContain(`"status":"${status}"`);
    await stage.deploy();
    const text = connectionStrings['API_AUTH_SECRET'] ?? '';
    expect((await stage.app('GET /v1/ping', ping(text))).status).toBe(
      status === 'AccessToKeyVaultDenied' ? 503 : 200,
    );
  });

  it('restart the app when they change, and look references up anew when asked', async () => {
    stage = await setStage();
    await stage.deploy();
    await stage.ask(`PUT ${vault}/secrets/pass-key`, {
      body: { properties: { value: 'new-key' } },
    });
    expect((await stage.app('GET /v1/ping', ping('new-key'))).status).toBe(403);
    await stage.ask(`POST ${app}/config/configreferences/appsettings/refresh`);
    expect((await stage.app('GET /v1/ping', ping('new-key'))).status).toBe(200);
    configure(stage.world, app, appSettings, { ...connectionStrings, API_AUTH_SECRET: 'plain' });
    expect((await stage.app('GET /v1/ping', ping('plain'))).status).toBe(200);
  });
});

function dropRoles(world: Stage['world']): void {
  for (const one of world.resources.ofType('Microsoft.Authorization/roleAssignments')) {
    world.resources.delete(one.id);
  }
}
