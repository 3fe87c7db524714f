import { createHash, randomUUID } from 'node:crypto';
import { text } from '../../inside/json-fields.ts';
import { secretsOf } from '../../secrets/registry.ts';
import type { StoredResource, World } from '../../world.ts';
import { identityHeaders } from '../instance-metadata/app-identity.ts';
import { resolveReference, type Reference } from './key-vault-references.ts';
import { connectionVariable, type SiteSettings } from './site-settings.ts';

/** The variables of an app, and what became of the Key Vault references among them. */
export interface AppEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** By the name of the setting or of the connection string. */
  readonly references: Readonly<Record<string, Reference>>;
}

/** App Service's identity endpoint, reached through the inside proxy. */
const identityEndpoint = 'http://169.254.129.2:8081/msi/token';

function identity(world: World, site: StoredResource): Record<string, string> {
  const type = text(site.identity, 'type') ?? 'None';
  if (type === 'None') return {};
  const headers = identityHeaders(world);
  const secret = headers.get(site.id.toLowerCase()) ?? randomUUID();
  headers.set(site.id.toLowerCase(), secret);
  secretsOf(world).file('app identity header', secret);
  return {
    IDENTITY_ENDPOINT: identityEndpoint,
    IDENTITY_HEADER: secret,
    MSI_ENDPOINT: identityEndpoint,
    MSI_SECRET: secret,
  };
}

function platform(world: World, site: StoredResource): Record<string, string> {
  const group = /\/resourceGroups\/([^/]+)/i.exec(site.id)?.[1] ?? '';
  return {
    WEBSITE_SITE_NAME: site.name,
    WEBSITE_HOSTNAME: `${site.name.toLowerCase()}.azurewebsites.net`,
    WEBSITE_RESOURCE_GROUP: group,
    WEBSITE_OWNER_NAME: `${world.subscriptionId}+${group}`,
    WEBSITE_INSTANCE_ID: createHash('sha256').update(site.id).digest('hex'),
    WEBSITE_SKU: 'PremiumV3',
    REGION_NAME: site.location ?? '',
    APPSETTING_WEBSITE_SITE_NAME: site.name,
  };
}

/**
 * The environment that App Service gives a process: its own variables, each app setting under its
 * name and as `APPSETTING_…`, connection strings under their prefix. References that cannot be
 * resolved stay the text they are; those in `known` are not looked up again.
 */
export function environmentOf(
  world: World,
  site: StoredResource,
  settings: SiteSettings,
  known: Readonly<Record<string, Reference>> = {},
): AppEnvironment {
  const references: Record<string, Reference> = {};
  const valueOf = (name: string, value: string): string => {
    const cached = known[name];
    const found = cached?.text === value ? cached : resolveReference(world, site, value);
    if (found === undefined) return value;
    references[name] = found;
    return found.value ?? value;
  };
  const variables: Record<string, string> = { ...platform(world, site), ...identity(world, site) };
  for (const [name, value] of Object.entries(settings.appSettings)) {
    variables[name] = variables[`APPSETTING_${name}`] = valueOf(name, value);
  }
  for (const [name, { type, value }] of Object.entries(settings.connectionStrings)) {
    variables[connectionVariable(name, type)] = valueOf(name, value);
  }
  return { variables, references };
}
