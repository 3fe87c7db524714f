import { ArmError } from './errors.ts';

/** The oldest version that any of ARM's resource types still answers. */
const OLDEST = '2014-04-01';

/**
 * Refuses a request without a usable `api-version`, with ARM's two codes. Which versions a type has
 * is not modelled: any date from 2014 on that lies before `now` (milliseconds) is taken.
 */
export function checkApiVersion(query: URLSearchParams, now: number): void {
  const version = versionIn(query);
  if (version === undefined) {
    throw new ArmError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    );
  }
  const date = /^(\d{4}-\d{2}-\d{2})(-[a-z0-9.-]+)?$/i.exec(version)?.[1];
  const latest = new Date(now + 366 * 24 * 3600 * 1000).toISOString().slice(0, 10);
  if (date === undefined || date < OLDEST || date > latest) {
    throw new ArmError(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${version}' is invalid. The supported versions are dates such as '2024-03-01'.`,
    );
  }
}

/** The value of `api-version`, whose name is compared without case. */
export function versionIn(query: URLSearchParams): string | undefined {
  for (const [name, value] of query) {
    if (name.toLowerCase() === 'api-version' && value !== '') return value;
  }
  return undefined;
}

/** For the list of providers: versions that current clients ask for, newest first. */
const CURRENT: Readonly<Record<string, readonly string[]>> = {
  'Microsoft.Authorization': ['2022-05-01-preview', '2022-04-01'],
  'Microsoft.Compute': ['2026-04-01', '2024-03-01', '2023-04-02'],
  'Microsoft.ContainerRegistry': ['2025-11-01', '2023-07-01'],
  'Microsoft.DevTestLab': ['2018-09-15'],
  'Microsoft.Insights': ['2021-05-01-preview', '2020-02-02', '2015-05-01'],
  'Microsoft.KeyVault': ['2026-02-01', '2023-07-01'],
  'Microsoft.MachineLearningServices': ['2026-05-01', '2025-06-01', '2024-10-01'],
  'Microsoft.ManagedIdentity': ['2024-11-30', '2023-01-31'],
  'Microsoft.Network': ['2025-01-01', '2024-06-01', '2023-09-01'],
  'Microsoft.OperationalInsights': ['2025-07-01', '2020-08-01'],
  'Microsoft.Resources': ['2025-04-01', '2023-07-01', '2021-04-01'],
  'Microsoft.Storage': ['2025-08-01', '2023-05-01'],
  'Microsoft.Web': ['2024-11-01', '2023-12-01', '2023-01-01'],
};

/** The api-versions a resource type is listed with. */
export function versionsOf(type: string): readonly string[] {
  return CURRENT[type.split('/')[0] ?? ''] ?? ['2024-01-01'];
}
