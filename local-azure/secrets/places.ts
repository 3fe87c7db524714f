import { asObject, asObjects } from '../arm/json.ts';
import type { StoredResource, World } from '../world.ts';
import { secretsOf } from './registry.ts';
import type { SecretKind } from './registry.ts';

/** A part of what is hidden beside resources: which of its texts are secret. */
interface Place {
  readonly kind: SecretKind;
  /** The secret texts in it; every text where left out. */
  texts?(part: unknown): string[];
}

/**
 * What resources keep hidden, by the name of the part. `none` says that nothing in it is secret. A
 * part that is not in this list is reported as unnamed: whoever hides something new must say here
 * what it is.
 */
export const hiddenPlaces: Readonly<Record<string, Place | 'none'>> = {
  accounts: { kind: 'machine password' },
  configuration: { kind: 'app setting', texts: secretSettings },
  'credentials.secrets': { kind: 'datastore secret', texts: withoutTypes },
  keys: { kind: 'storage account key' },
  'osProfile.adminPassword': { kind: 'machine password' },
  'osProfile.customData': { kind: 'custom data' },
  password: { kind: 'registry password' },
  primary: { kind: 'log workspace key' },
  secondary: { kind: 'log workspace key' },
  'properties.userAccountCredentials.adminUserPassword': { kind: 'compute password' },
  protectedParameters: { kind: 'protected parameter', texts: valuesOf },
  protectedSettings: { kind: 'protected setting' },
  publishingPassword: { kind: 'publishing password' },
  versions: { kind: 'Key Vault secret', texts: valuesOf },
  billing: 'none',
  createdAt: 'none',
  effectiveAt: 'none',
  failed: 'none',
  images: 'none',
  instanceView: 'none',
  play: 'none',
  power: 'none',
  powerTurn: 'none',
  progress: 'none',
  publishing: 'none',
  purges: 'none',
  run: 'none',
  work: 'none',
};

/** Files everything secret that resources keep hidden now. */
export function fileHidden(world: World): void {
  for (const resource of world.resources.all()) {
    for (const [name, part] of Object.entries(resource.hidden ?? {})) {
      filePart(world, resource, name, part);
    }
    fileInstrumentationKey(world, resource);
  }
}

function filePart(world: World, resource: StoredResource, name: string, part: unknown): void {
  const secrets = secretsOf(world);
  const place = hiddenPlaces[name];
  if (place === undefined) secrets.unnamed.add(`hidden "${name}" of ${resource.type}`);
  else if (place !== 'none') {
    for (const text of (place.texts ?? textsIn)(part)) secrets.file(place.kind, text);
  }
}

/** A component that takes Entra tokens alone has a key that opens nothing. */
function fileInstrumentationKey(world: World, { type, properties }: StoredResource): void {
  const key = properties['InstrumentationKey'];
  if (type !== 'Microsoft.Insights/components' || typeof key !== 'string') return;
  if (properties['DisableLocalAuth'] !== true) secretsOf(world).file('instrumentation key', key);
}

/** Every text in a value, however deep. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

function valuesOf(part: unknown): string[] {
  return asObjects(part).flatMap((one) => textsIn(one['value']));
}

function withoutTypes(part: unknown): string[] {
  const entries = Object.entries(asObject(part)).filter(([name]) => name !== 'secretsType');
  return entries.flatMap(([, value]) => textsIn(value));
}

/** Names that say so; the value of such a setting may be a reference to Key Vault, which is none. */
const tellingName = /key|secret|password|token|credential|connection|sas$/i;

function secretSettings(part: unknown): string[] {
  return Object.entries(asObject(part))
    .filter(([name]) => name !== 'metadata')
    .flatMap(([name, pairs]) =>
      Object.entries(asObject(pairs)).flatMap(([setting, value]) =>
        name === 'connectionstrings'
          ? textsIn(asObject(value)['value'])
          : tellingName.test(setting)
            ? textsIn(value)
            : [],
      ),
    )
    .filter((text) => !/^(@Microsoft\.KeyVault\(|not-a-secret)/.test(text));
}
