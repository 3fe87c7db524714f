import { at, text } from '../../inside/json-fields.ts';
import type { StoredResource } from '../../world.ts';
import {
  appSettingsOf,
  connectionStringsOf,
  type ConnectionString,
} from '../web-site/configuration.ts';

/** What of a site's configuration its process is started with. */
export interface SiteSettings {
  readonly appSettings: Readonly<Record<string, string>>;
  readonly connectionStrings: Readonly<Record<string, ConnectionString>>;
  /** Such as `PYTHON|3.12`. */
  readonly runtime: string;
  readonly startupCommand: string;
}

/** Reads a site's settings as they are now; Key Vault references are not resolved. */
export function settingsOf(site: StoredResource): SiteSettings {
  const config = at(site.properties, 'siteConfig');
  return {
    appSettings: appSettingsOf(site),
    connectionStrings: connectionStringsOf(site),
    runtime: text(config, 'linuxFxVersion') ?? '',
    startupCommand: text(config, 'appCommandLine') ?? '',
  };
}

/** Prefixes that App Service puts before the name of a connection string, by its type. */
const prefixes: Readonly<Record<string, string>> = {
  sqlserver: 'SQLCONNSTR_',
  sqlazure: 'SQLAZURECONNSTR_',
  mysql: 'MYSQLCONNSTR_',
  postgresql: 'POSTGRESQLCONNSTR_',
};

/** The variable that a connection string arrives in. */
export function connectionVariable(name: string, type: string): string {
  return `${prefixes[type.toLowerCase()] ?? 'CUSTOMCONNSTR_'}${name}`;
}
