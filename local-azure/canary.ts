import { randomBytes } from 'node:crypto';

/** Twenty-four bytes, so that their base64 is always the same text. */
const mark = 'LocalAzureSecretCanary--';

/** What every key of Local Azure's accounts, registries and workspaces contains: a search for it finds them all. */
export const canary: string = Buffer.from(mark).toString('base64');

/** Key material of so many bytes, as base64: random, but for the canary it begins with. */
export function secretKey(bytes: number): string {
  return Buffer.concat([Buffer.from(mark), randomBytes(bytes - mark.length)]).toString('base64');
}
