import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/secret.ts';
import type { Blobs } from '../../src/state/blobs.ts';
import type { State } from '../../src/state/index.ts';
import { checkWebApp, deployWebApp } from '../../src/webapp/index.ts';
import type { SiteDeployment } from '../../src/webapp/delivery.ts';
import { outputs, settings } from '../support/settings.ts';
import type { Workshop } from '../support/workshop.ts';
import { workshop } from '../support/workshop.ts';

const PASS = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  text: '{"status":"Healthy"}\n',
};
const ADDRESS = 'https://labtf.blob.core.windows.net/packages/x.zip?sig=signature-of-the-share';

let folder: string;
let zip: string;
let place: Workshop;
let deployments: SiteDeployment[];
let stored: Map<string, Buffer>;
let shelf: Map<string, Buffer>;
/** What App Service makes of the next package. */
let outcome: SiteDeployment['properties'];
/** Whether the answer of one-deploy gets lost. */
let lost: boolean;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'webapp-'));
  zip = join(folder, 'app.zip');
  await writeFile(zip, Buffer.from('PK\u0003\u0004 and so on'));
  place = workshop();
  place.answer(() => PASS);
  [deployments, stored, shelf] = [[], new Map(), new Map()];
  outcome = { status: 4, active: true };
  lost = false;
  let key = false;
  place.arm.on({
    'GET /secrets/inference-api-key': () => (key ? { id: 'x', name: 'x' } : undefined),
    'PUT /secrets/inference-api-key': () => {
      key = true;
      return {};
    },
    'POST /config/configreferences/appsettings/refresh': () => undefined,
    'LIST /deployments': () => deployments,
    'PUT /extensions/onedeploy': () => {
      const others = deployments.map((one) => ({
        ...one,
        properties: { ...one.properties, active: false },
      }));
      deployments = [
        { id: `/deployments/${deployments.length + 1}`, ...(outcome && { properties: outcome }) },
        ...others,
      ];
      if (lost) throw new Error('connection reset');
      return {};
    },
  });
});
afterEach(async () => rm(folder, { recursive: true }));

function blobsIn(content: Map<string, Buffer>): Blobs {
  return {
    read: async (name) => content.get(name),
    write: async (name, bytes) => void content.set(name, Buffer.from(bytes)),
    list: async () => [...content.keys()],
    delete: async (name) => void content.delete(name),
  };
}

const state = (): Pick<State, 'blobs' | 'packages'> => ({
  blobs: blobsIn(stored),
  packages: {
    ...blobsIn(shelf),
    shareForReading: async (name, minutes) => {
      expect([shelf.has(name), minutes]).toEqual([true, 15]);
      return new Secret(ADDRESS, () => undefined);
    },
  },
});

const deploy = async (inferencePackage = zip) =>
  deployWebApp(
    outputs(),
    settings({ inferencePackage, vantage: 'direct' }),
    place.session,
    state(),
    place.tools,
  );

const puts = (end: string) =>
  place.arm.calls.filter(({ method, path }) => method === 'PUT' && path.endsWith(end));

describe('deploying the web app', () => {
  it('lets the app pull the package from an address of its own and removes it afterwards', async () => {
    const app = await deploy();
    expect(app).toMatchObject({ changed: true, host: outputs().inferenceAppHost });
    expect(puts('/onedeploy')[0]?.body).toEqual({
      properties: { packageUri: ADDRESS, type: 'zip', clean: true, restart: true },
    });
    expect([...shelf.keys()]).toEqual([]);
    expect(place.log.join('\n')).not.toContain('signature-of-the-share');
  });

  it('deploys nothing where the same package runs already', async () => {
    await deploy();
    expect(await deploy()).toMatchObject({ changed: false });
    expect(puts('/onedeploy')).toHaveLength(1);
  });

  it.each([
    ['another package', async () => writeFile(zip, Buffer.from('PK\u0003\u0004 and otherwise'))],
    ['an app that was made anew', () => (deployments = [])],
    [
      'a deployment by somebody else',
      () => (deployments = [{ id: '/deployments/9', properties: { active: true, status: 4 } }]),
    ],
    [
      'a record that cannot be read',
      () => stored.set('deployed-package.json', Buffer.from('null')),
    ],
  ])('deploys again after %s', async (_, change) => {
    await deploy();
    await change();
    expect(await deploy()).toMatchObject({ changed: true });
  });

  it('makes the pass key once and shows it nowhere', async () => {
    await deploy();
    await deploy();
    const made = puts('/secrets/inference-api-key');
    expect(made).toHaveLength(1);
    const { value } = (made[0]?.body as { properties: { value: string } }).properties;
    expect(value).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(place.hidden).toContain(value);
    expect(place.log.join('\n')).not.toContain(value);
  });

  it('says why App Service refused the package, and removes it all the same', async () => {
    outcome = { status: 3, status_text: 'Package not found\n::error::x' };
    await expect(deploy()).rejects.toThrow(
      /could not deploy its package: "Package not found\\n::error::x"/,
    );
    expect([...shelf.keys()]).toEqual([]);
    expect(stored.size).toBe(0);
  });

  it('goes on where the answer was lost but the deployment goes on', async () => {
    lost = true;
    expect(await deploy()).toMatchObject({ changed: true });
  });

  it('fails where the request never arrived', async () => {
    place.arm.on({
      'PUT /extensions/onedeploy': () => {
        throw new Error('AuthorizationFailed');
      },
    });
    await expect(deploy()).rejects.toThrow('AuthorizationFailed');
    expect([...shelf.keys()]).toEqual([]);
  });

  it('gives up a deployment that never ends', async () => {
    outcome = { status: 1 };
    await expect(deploy()).rejects.toThrow(
      /not deployed its package after 1200 s; its status is 1/,
    );
    expect(place.slept()).toBeLessThanOrEqual(1210);
  });

  it('waits until the app itself is healthy', async () => {
    let asked = 0;
    place.answer(() => {
      asked += 1;
      return asked < 4
        ? { status: 503, headers: { 'content-type': 'text/html' }, text: 'starting' }
        : PASS;
    });
    expect(await deploy()).toMatchObject({ healthySeconds: 4.75 });
  });

  it.each([
    [
      'the page of the platform',
      { status: 503, headers: {}, text: '<html>' },
      /status 503[^]*app does not start/,
    ],
    [
      'a page that is no app',
      { status: 200, headers: { 'content-type': 'text/html' }, text: 'hi' },
      /something else/,
    ],
    ['a refusal', { status: 403, headers: {}, text: '' }, /App Service refuses/],
    [
      'a page that only looks like the app',
      { ...PASS, headers: { 'content-type': 'text/html' } },
      /something else/,
    ],
  ])('gives up on %s with its reason', async (_, answer, message) => {
    place.answer(() => answer);
    await expect(deploy()).rejects.toThrow(message);
  });

  it.each([
    ['a package that is not there', () => join(folder, 'none.zip'), /does not exist/],
    [
      'a package that is no zip',
      async () => {
        await writeFile(zip, '<html>');
        return zip;
      },
      /is not a zip/,
    ],
  ])('refuses %s before anything is touched', async (_, path, message) => {
    await expect(deploy(await path())).rejects.toThrow(message);
    expect(place.arm.calls).toEqual([]);
  });
});

describe('the drift of the web app', () => {
  const drift = async () => checkWebApp(outputs(), place.session, state());

  it('is none where the package that was deployed last runs', async () => {
    await deploy();
    expect(await drift()).toEqual([]);
  });

  it('is none where nothing was ever deployed', async () => {
    expect(await drift()).toEqual([]);
  });

  it('names a deployment that is not ours', async () => {
    await deploy();
    deployments = [{ id: '/deployments/foreign', properties: { active: true, status: 4 } }];
    expect(await drift()).toEqual([
      {
        ...{ resource: 'lab-inference-abc123', attribute: 'package' },
        ...{ wanted: 'deployment 1', found: 'deployment foreign' },
      },
    ]);
  });
});
