import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import '../../../local-azure/operations/index.ts';
import { registeredTypes } from '../../../local-azure/arm/resource-type.ts';
import { issueToken } from '../../../local-azure/entrance/access-token.ts';
import { start } from '../../../local-azure/index.ts';
import type { LocalAzure } from '../../../local-azure/index.ts';
import { admit } from '../../../local-azure/inside/source.ts';
import { issueIdToken } from '../../../local-azure/operations/github/id-token.ts';
import { environmentOf } from '../../../local-azure/operations/web-deploy/environment.ts';
import { learnAnswered, learnSent, secretFields } from '../../../local-azure/secrets/learn.ts';
import { fileHidden, hiddenPlaces } from '../../../local-azure/secrets/places.ts';
import { secretKinds, secretsOf } from '../../../local-azure/secrets/registry.ts';
import type { SecretKind } from '../../../local-azure/secrets/registry.ts';
import { openWatch } from '../../../local-azure/secrets/watch.ts';
import type { StoredResource, World } from '../../../local-azure/world.ts';

let azure: LocalAzure;
let world: World;
beforeAll(async () => {
  azure = await start({ provider: 'none', pace: 0 });
  ({ world } = azure);
  await makeAll();
});
afterAll(() => azure.stop());

let count = 0;
const fresh = (): string => `secret-number-${String(++count).padStart(6, '0')}`;

/** Something hidden in the form its place has. */
function hiddenAs(name: string): unknown {
  switch (name) {
    case 'accounts':
      return { person: fresh() };
    case 'configuration':
      return { appsettings: { API_KEY: fresh() } };
    case 'credentials.secrets':
      return { secretsType: 'AccountKey', key: fresh() };
    case 'keys':
      return [fresh(), fresh()];
    case 'versions':
      return [{ value: fresh() }];
    case 'protectedParameters':
      return [{ name: 'header', value: fresh() }];
    case 'protectedSettings':
      return { Password: fresh() };
    default:
      return fresh();
  }
}

function resource(type: string, more: Partial<StoredResource>): StoredResource {
  const name = `r${++count}`;
  const id = `/subscriptions/${world.subscriptionId}/resourceGroups/g/providers/${type}/${name}`;
  return { id, name, type, properties: {}, ...more };
}

function asked(host: string, path: string, sent: unknown, body: unknown): void {
  const [plain = '', query = ''] = path.split('?');
  const door = { vantage: 'outside', host } as const;
  const received = {
    ...{ method: 'POST', path: plain, query: new URLSearchParams(query), headers: {} },
    rawBody: Buffer.from(sent === undefined ? '' : JSON.stringify(sent)),
  };
  const route = `${host} POST ${plain}`;
  learnSent(world, door, received);
  learnAnswered(world, door, received, { answer: { status: 200, body }, route, known: true });
}

/** One secret of each kind, made or let through where such a thing is made. */
async function makeAll(): Promise<void> {
  for (const [name, place] of Object.entries(hiddenPlaces)) {
    if (place !== 'none') {
      world.resources.put(resource('Made.Up/things', { hidden: { [name]: hiddenAs(name) } }));
    }
  }
  const properties = { InstrumentationKey: fresh() };
  world.resources.put(resource('Microsoft.Insights/components', { properties }));
  await issueToken(world, { objectId: 'o', audience: 'https://management.azure.com' });
  await issueIdToken(world, { audience: 'api://AzureADTokenExchange' });
  admit(world, { kind: 'app', id: '/app' });
  const site = resource('Microsoft.Web/sites', { identity: { type: 'SystemAssigned' } });
  environmentOf(world, site, { appSettings: {}, connectionStrings: {} } as never);
  const key = `<UserDelegationKey><Value>${fresh()}</Value></UserDelegationKey>`;
  asked('a.blob.core.windows.net', '/?comp=userdelegationkey', undefined, Buffer.from(key));
  asked('management.azure.com', '/x', { packageUri: `https://a/b?sv=1&sig=${fresh()}` }, {});
  asked('r.azurecr.io', '/oauth2/exchange', undefined, { refresh_token: fresh() });
  asked('management.azure.com', '/x', { properties: { clientSecret: fresh() } }, {});
  secretsOf(world).file('given from outside', fresh());
}

describe('the secrets of Local Azure', () => {
  it('are of kinds each of which has a place where it is learnt', () => {
    const learnt = new Set(azure.secrets.values.values());
    const unnamed: readonly SecretKind[] = ['unnamed field'];
    expect([...learnt, ...unnamed].sort()).toEqual(Object.keys(secretKinds).sort());
    expect(Object.keys(secretKinds)).toHaveLength(26);
    expect([...azure.secrets.unnamed]).toEqual([]);
  });

  it('fail a step that lets out a single one, whatever its kind', () => {
    const spellings = [
      (text: string) => text,
      (text: string) => Buffer.from(`x${text}`).toString('base64'),
      (text: string) => Buffer.from(text).toString('hex'),
      (text: string) => JSON.stringify(JSON.stringify({ text })),
      encodeURIComponent,
    ];
    const watch = openWatch(azure);
    const found = [...azure.secrets.values].map(([value, kind], index) => {
      const spelt = spellings[index % spellings.length] ?? String;
      const bytes = Buffer.from(`a line with ${spelt(value)} in it`);
      const kinds = new Set(watch.look([{ name: 'log', bytes }]).map((leak) => leak.kind));
      return { kind, found: kinds.has(kind) };
    });
    expect(found.length).toBeGreaterThan(Object.keys(secretKinds).length - 2);
    expect(found.filter((one) => !one.found)).toEqual([]);
  });

  it('have a named place for all that the types of Local Azure hide', () => {
    const hidden = registeredTypes().flatMap(({ secrets }) => secrets ?? []);
    expect(hidden.length).toBeGreaterThan(3);
    expect(hidden.filter((name) => hiddenPlaces[name] === undefined)).toEqual([]);
  });

  it('cannot be joined by a new one that nobody names', () => {
    const other = { ...world, data: new Map<string, unknown>() };
    const thing = resource('Made.Up/things', { hidden: { pin: fresh() } });
    world.resources.put(thing);
    fileHidden(other);
    world.resources.delete(thing.id);
    asked('management.azure.com', '/listKeys', undefined, { keys: [{ value: fresh() }] });
    expect([...secretsOf(other).unnamed]).toEqual(['hidden "pin" of Made.Up/things']);
    expect([...azure.secrets.unnamed]).toEqual([
      'keys[].value in the answer to POST management.azure.com POST /listKeys',
    ]);
    azure.secrets.unnamed.clear();
  });

  it('are told from what only has such a name', () => {
    const harmless = {
      secretUri: 'https://vault/secrets/a',
      password: "[parameters('password')]",
      connectionString: '@Microsoft.KeyVault(SecretUri=https://vault/secrets/a)',
      accountKey: 'short',
      keys: [{ kid: 'a-public-key-id' }],
    };
    expect(secretFields(harmless)).toEqual([]);
    expect(secretFields({ passwords: [{ name: 'password', value: 'an-old-one' }] })).toHaveLength(
      1,
    );
  });
});
