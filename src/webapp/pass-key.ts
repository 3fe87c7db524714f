import { randomUUID } from 'node:crypto';
import type { Arm } from '../azure/arm.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { siteApi, siteOf } from './site.ts';

/** Name of the secret that callers of the inference service must send; the web app's settings refer to it. */
export const passKeySecret = 'inference-api-key';

const vaultApi = '2026-02-01';

/**
 * Makes the pass key once: a random GUID, put into Key Vault through ARM, which never gives it
 * back. It is not printed, not returned and not kept here. Gives whether it was made now.
 */
export async function ensurePassKey(
  outputs: Outputs,
  session: Session,
  { runner, log }: Pick<Toolbox, 'runner' | 'log'>,
): Promise<boolean> {
  const path =
    `/subscriptions/${outputs.subscriptionId}/resourceGroups/${outputs.resourceGroup}` +
    `/providers/Microsoft.KeyVault/vaults/${outputs.keyVaultName}/secrets/${passKeySecret}`;
  if ((await session.arm.get(path, vaultApi)) !== undefined) return false;
  const key = runner.secret(randomUUID());
  const properties = { value: key.reveal(), contentType: 'text/plain' };
  await session.arm.put(path, vaultApi, { properties });
  log.info(`The pass key was made; it lies in ${outputs.keyVaultName} as ${passKeySecret}.`);
  await resolveAgain(outputs, session.arm);
  return true;
}

/**
 * Lets the app look up its Key Vault references anew: otherwise it keeps what it found when there
 * was no key, for up to a day (learn.microsoft.com, "Use Key Vault references", Rotation).
 */
async function resolveAgain(outputs: Outputs, arm: Arm): Promise<void> {
  await arm.post(`${siteOf(outputs)}/config/configreferences/appsettings/refresh`, siteApi);
}
