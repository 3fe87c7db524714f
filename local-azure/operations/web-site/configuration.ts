import { asObject, asObjects, asText } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import type { StoredResource } from '../../world.ts';

/** The parts of a site's configuration that have an address of their own, in lower case. */
export type Part =
  | 'appsettings'
  | 'connectionstrings'
  | 'azurestorageaccounts'
  | 'authsettings'
  | 'authsettingsv2'
  | 'logs'
  | 'slotconfignames'
  | 'metadata'
  | 'backup';

/** What a part says until somebody writes it. */
const usual: Readonly<Partial<Record<Part, Json>>> = {
  authsettings: { enabled: false },
  authsettingsv2: { platform: { enabled: false } },
  logs: {
    applicationLogs: { fileSystem: { level: 'Off' } },
    httpLogs: { fileSystem: { enabled: false }, azureBlobStorage: { enabled: false } },
    failedRequestsTracing: { enabled: false },
    detailedErrorMessages: { enabled: false },
  },
};

/** One part of a site's configuration, as it was written last. */
export function partOf(site: StoredResource, part: Part): Json {
  return asObject(asObject(site.hidden?.['configuration'])[part] ?? usual[part]);
}

/** True where the part has been written. */
export function hasPart(site: StoredResource, part: Part): boolean {
  return asObject(site.hidden?.['configuration'])[part] !== undefined;
}

/** Writes one part. */
export function setPart(site: StoredResource, part: Part, properties: Json): void {
  const configuration = { ...asObject(site.hidden?.['configuration']), [part]: properties };
  site.hidden = { ...site.hidden, configuration };
}

/** A site's app settings: names and values, Key Vault references unresolved. */
export function appSettingsOf(site: StoredResource): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(partOf(site, 'appsettings')).map(([name, value]) => [name, String(value)]),
  );
}

/** A connection string of a site. */
export interface ConnectionString {
  readonly value: string;
  /** Such as Custom, which makes the variable CUSTOMCONNSTR_<name>. */
  readonly type: string;
}

/** A site's connection strings by name, Key Vault references unresolved. */
export function connectionStringsOf(
  site: StoredResource,
): Readonly<Record<string, ConnectionString>> {
  return Object.fromEntries(
    Object.entries(partOf(site, 'connectionstrings')).map(([name, one]) => [
      name,
      { value: asText(asObject(one)['value']) ?? '', type: asText(asObject(one)['type']) ?? '' },
    ]),
  );
}

/** Takes settings and connection strings out of a `siteConfig`: its GET never shows them. */
export function takeSettings(site: StoredResource, siteConfig: Json): void {
  const { appSettings, connectionStrings } = siteConfig;
  delete siteConfig['appSettings'];
  delete siteConfig['connectionStrings'];
  if (Array.isArray(appSettings)) {
    const pairs = asObjects(appSettings).map((one) => [String(one['name']), one['value']]);
    setPart(site, 'appsettings', Object.fromEntries(pairs) as Json);
  }
  if (Array.isArray(connectionStrings)) {
    const pairs = asObjects(connectionStrings).map((one) => [
      String(one['name']),
      { value: one['connectionString'], type: one['type'] },
    ]);
    setPart(site, 'connectionstrings', Object.fromEntries(pairs) as Json);
  }
}
