import { apis } from '../azure/api-versions.ts';
import type { Arm } from '../azure/arm.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { siteOf } from '../terraform/resource-ids.ts';

/** A setting of the web app that Key Vault holds the value of, and what App Service made of it. */
export interface KeyVaultReference {
  readonly setting: string;
  /** Resolved, or why not: Microsoft.Web's ResolveStatus. */
  readonly status: string;
  readonly details: string;
}

/** References among the app settings and the connection strings, as App Service resolved them last. */
export async function keyVaultReferences(
  outputs: Outputs,
  { arm }: Pick<Session, 'arm'>,
): Promise<readonly KeyVaultReference[]> {
  const kinds = ['appsettings', 'connectionstrings'] as const;
  const found = await Promise.all(
    kinds.map((kind) => arm.list(`${siteOf(outputs)}/config/configreferences/${kind}`, apis.web)),
  );
  return found
    .flat()
    .map(({ name, properties }) => ({
      setting: name,
      status: wordOf(properties?.['status']),
      details: wordOf(properties?.['details']),
    }));
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/**
 * Lets the app look up its Key Vault references anew. A reference that names no version stands for
 * the newest one, but App Service keeps what it found for up to a day, unless it is asked
 * (learn.microsoft.com, "Use Key Vault references", Rotation).
 */
export async function resolveAgain(outputs: Outputs, arm: Arm): Promise<void> {
  await arm.post(`${siteOf(outputs)}/config/configreferences/appsettings/refresh`, apis.web);
}

/**
 * Starts the app anew, for a process that keeps the environment it was started with: a refresh alone is said
 * to restart it, which was not seen with Azure yet.
 */
export async function restart(outputs: Outputs, arm: Arm): Promise<void> {
  await arm.post(`${siteOf(outputs)}/restart`, apis.web);
}
