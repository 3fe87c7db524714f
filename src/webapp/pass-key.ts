import { randomUUID } from 'node:crypto';
import type { Resource } from '../azure/arm.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { passKeyOf, passKeySecret } from '../terraform/resource-ids.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { resolveAgain, restart } from './references.ts';

const vaultApi = '2026-02-01';

/** What became of the pass key. */
export interface PassKey {
  /** Whether this run made it, or a new version of it. */
  readonly made: boolean;
  /** Whether there was a key before it. */
  readonly rotated: boolean;
  /** Version that a rotation replaced; undefined where nothing was replaced, or ARM did not name it. */
  readonly replaced: string | undefined;
}

/**
 * Makes the pass key once, and anew where `rotate` says so: a random GUID, put into Key Vault through
 * ARM, which never gives it back. It is not printed, not returned and not kept here. The app is told; that
 * it has taken the key is seen later (`key-check.ts`), also where this run is cut off in between.
 */
export async function ensurePassKey(
  outputs: Outputs,
  session: Session,
  rotate: boolean,
  { runner, log }: Pick<Toolbox, 'runner' | 'log'>,
): Promise<PassKey> {
  const path = passKeyOf(outputs);
  const found = await session.arm.get(path, vaultApi);
  if (found !== undefined && !rotate) return { made: false, rotated: false, replaced: undefined };
  const key = runner.secret(randomUUID());
  const properties = { value: key.reveal(), contentType: 'text/plain' };
  await session.arm.put(path, vaultApi, { properties });
  const where = `it lies in ${outputs.keyVaultName} as ${passKeySecret}`;
  log.info(
    found === undefined ? `The pass key was made; ${where}.` : `A new pass key was made; ${where}.`,
  );
  await resolveAgain(outputs, session.arm);
  if (found !== undefined) await restart(outputs, session.arm);
  return { made: true, rotated: found !== undefined, replaced: found && versionOf(found) };
}

/** The version behind `secretUriWithVersion`, 32 hexadecimal digits (Microsoft.KeyVault/vaults/secrets). */
function versionOf({ properties }: Resource): string | undefined {
  const uri = properties?.['secretUriWithVersion'];
  if (typeof uri !== 'string') return undefined;
  return /\/secrets\/[^/]+\/([0-9a-f]{32})$/i.exec(uri)?.[1];
}
