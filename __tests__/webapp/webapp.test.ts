import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkWebApp } from '../../src/webapp/index.ts';
import { connectionStringsOf } from '../../src/webapp/needed-settings.ts';
import { outputs } from '../support/settings.ts';
import type { Stage } from './stage.ts';
import { answers, openStage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await openStage();
});
afterEach(() => stage.close());

const log = (): string => stage.place.log.join('\n');
const made = (): readonly string[] => stage.keys;

describe('deploying the web app', () => {
  it('lets the app pull the package from an address of its own and removes it afterwards', async () => {
    const app = await stage.deploy();
    expect(app).toMatchObject({ changed: true, host: outputs().inferenceAppHost, notes: [] });
    expect(stage.calls('PUT', '/onedeploy')[0]?.body).toEqual({
      properties: { packageUri: stage.shared[0], type: 'zip', clean: true, restart: true },
    });
    expect([...stage.shelf.keys()]).toEqual([]);
    expect(log()).not.toContain('sig=');
  });

  it('deploys nothing where the same package runs already', async () => {
    await stage.deploy();
    const before = stage.place.arm.calls.length;
    expect(await stage.deploy()).toMatchObject({ changed: false, rotated: false, notes: [] });
    const changes = stage.place.arm.calls.slice(before).filter(({ method }) => method === 'PUT');
    expect([changes, stage.calls('POST', '/restart')]).toEqual([[], []]);
  });

  it.each([
    [
      'another package',
      async () => writeFile(stage.zip, Buffer.from('PK\u0003\u0004 and otherwise')),
    ],
    ['an app that was made anew', () => (stage.deployments = [])],
    [
      'a deployment by somebody else',
      () =>
        (stage.deployments = [{ id: '/deployments/9', properties: { active: true, status: 4 } }]),
    ],
    [
      'a record that cannot be read',
      () => stage.stored.set('deployed-package.json', Buffer.from('null')),
    ],
  ])('deploys again after %s', async (_, change) => {
    await stage.deploy();
    await change();
    expect(await stage.deploy()).toMatchObject({ changed: true });
  });

  it('makes the pass key once and shows it nowhere', async () => {
    await stage.deploy();
    await stage.deploy();
    expect(made()).toHaveLength(1);
    const [value = ''] = made();
    expect(value).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(stage.place.hidden).toContain(value);
    expect(log()).not.toContain(value);
  });

  it.each([
    ['a package that is not there', () => join(stage.folder, 'none.zip'), /does not exist/],
    [
      'a package that is no zip',
      async () => {
        await writeFile(stage.zip, '<html>');
        return stage.zip;
      },
      /is not a zip/,
    ],
  ])('refuses %s before anything is touched', async (_, path, message) => {
    const inferencePackage = await path();
    await expect(stage.deploy({ inferencePackage })).rejects.toThrow(message);
    expect(stage.place.arm.calls).toEqual([]);
  });
});

describe('the drift of the web app', () => {
  const drift = async () => checkWebApp(outputs(), stage.place.session, stage.state());
  const resource = 'lab-inference-abc123';

  it('is none where the package that was deployed last runs', async () => {
    await stage.deploy();
    expect(await drift()).toEqual([]);
  });

  it('is none where nothing was ever deployed', async () => {
    expect(await drift()).toEqual([]);
  });

  it('names a deployment that is not ours', async () => {
    await stage.deploy();
    stage.deployments = [{ id: '/deployments/foreign', properties: { active: true, status: 4 } }];
    expect(await drift()).toEqual([
      { resource, attribute: 'package', wanted: 'deployment 1', found: 'deployment foreign' },
    ]);
  });

  it('names an app that was stopped, and a key that can no longer be read', async () => {
    await stage.deploy();
    stage.site.state = 'Stopped';
    stage.reference = { status: 'SecretNotFound' };
    expect(await drift()).toEqual([
      { resource, attribute: 'state', wanted: 'Running', found: 'Stopped' },
      {
        ...{ resource, attribute: 'Key Vault reference of API_AUTH_SECRET' },
        ...{ wanted: 'Resolved', found: 'SecretNotFound' },
      },
    ]);
  });
});

describe('the connection strings', () => {
  it('are those of terraform/inference.tf', () => {
    const text = readFileSync(join(import.meta.dirname, '../../terraform/inference.tf'), 'utf8');
    const blocks = [...text.matchAll(/connection_string \{([^]*?)\n {2}\}/g)].map(
      ([block]) => block,
    );
    const of = (name: string): string | undefined =>
      /value = "(.*)"/.exec(blocks.find((block) => block.includes(`"${name}"`)) ?? '')?.[1];
    const filled = (text: string | undefined): string | undefined =>
      text
        ?.replace('${azurerm_key_vault.this.vault_uri}', outputs().keyVaultUri)
        .replace('${local.inference_key_secret}', 'inference-api-key');
    const wanted = connectionStringsOf(outputs());
    expect(blocks).toHaveLength(Object.keys(wanted).length);
    for (const [name, value] of Object.entries(wanted)) expect(filled(of(name))).toBe(value);
  });

  it('are named where they were changed, added or removed, without their values', async () => {
    await stage.deploy();
    const { API_AUTH_SECRET: key = { type: '', value: '' } } = stage.strings;
    stage.strings = { ADDED: key, API_AUTH_SECRET: { ...key, value: 'of-somebody' } };
    const found = await checkWebApp(outputs(), stage.place.session, stage.state());
    expect(found.map(({ attribute, found }) => [attribute, found])).toEqual([
      ['connection string ADDED', 'an added one'],
      ['connection string API_AUTH_SECRET', 'another value'],
      ['connection string AZUREML_SERVICE_PRINCIPAL_SECRET', 'none'],
    ]);
    expect(JSON.stringify(found)).not.toContain('of-somebody');
    stage.strings = { ...stage.strings, API_AUTH_SECRET: { ...key, type: 'SQLAzure' } };
    expect(
      JSON.stringify(await checkWebApp(outputs(), stage.place.session, stage.state())),
    ).toContain('another type');
  });
});

describe('the wait for a healthy app', () => {
  it('lasts until the app itself says so', async () => {
    let asked = 0;
    stage.app['/'] = () => (++asked < 4 ? answers.platform : answers.healthy);
    expect(await stage.deploy()).toMatchObject({ healthySeconds: 4.75 });
  });
});
