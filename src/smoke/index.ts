import { messageOf } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Look, Sight, Vantage } from '../network/vantage.ts';
import { openVantage } from '../network/open-vantage.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Evidence } from './causes.ts';
import { likelyCause } from './causes.ts';
import type { Rung } from './contract.ts';
import { contract, hyphenHeader, keyHeader, wrongKey } from './contract.ts';

/** Key Vault secret with the pass key; the web app's stage makes it. */
const KEY_SECRET = 'inference-api-key';

/** What one rung of the ladder brought. */
export interface Verdict {
  readonly rung: Rung;
  readonly sight: Sight;
  /** What differs from the contract; empty where the rung passed. */
  readonly faults: readonly string[];
  /** Likely cause; undefined where the rung passed. */
  readonly cause: string | undefined;
}

/** Asks the inference service for what the contract promises and judges every answer. Costs nothing. */
export async function smokeTest(
  outputs: Outputs,
  settings: Pick<Settings, 'vantage'>,
  session: Session,
  tools: Toolbox,
): Promise<readonly Verdict[]> {
  const vantage = openVantage(outputs, settings, session, tools);
  try {
    return await climb(outputs, vantage, () => keyReference(outputs, session, tools));
  } finally {
    await vantage.close();
  }
}

/**
 * All rungs from one vantage point. A lost key is tried once more under its header's other spelling,
 * and where a rung fails, App Service is asked what it makes of the key.
 */
export async function climb(
  outputs: Outputs,
  vantage: Vantage,
  askForReference: () => Promise<string | undefined>,
): Promise<readonly Verdict[]> {
  const sights = await vantage.look(contract.map((rung) => lookOf(rung, outputs, keyHeader)));
  const lost = contract.find((rung, at) => rung.key === 'right' && sights[at]?.status === 401);
  const [hyphen] = lost ? await vantage.look([lookOf(lost, outputs, hyphenHeader)]) : [];
  const firm = contract.every((rung, at) => sights[at] && faultsOf(rung, sights[at]).length === 0);
  const reference = firm ? undefined : await askForReference();
  return contract.map((rung, at) => judge(rung, sights[at], { hyphen, keyReference: reference }));
}

/** What App Service says of the app's reference to the pass key; undefined where it does not say. */
async function keyReference(
  outputs: Outputs,
  { arm }: Session,
  { log }: Pick<Toolbox, 'log'>,
): Promise<string | undefined> {
  const path =
    `/subscriptions/${outputs.subscriptionId}/resourceGroups/${outputs.resourceGroup}` +
    `/providers/Microsoft.Web/sites/${outputs.inferenceAppName}/config/configreferences/connectionstrings`;
  try {
    const references = await arm.list(path, '2023-12-01');
    const status = references.find(({ name }) => name === keyHeader)?.properties?.['status'];
    return typeof status === 'string' ? status : undefined;
  } catch (error) {
    log.debug(`The app's Key Vault references cannot be read: ${messageOf(error)}`);
    return undefined;
  }
}

function lookOf(rung: Rung, outputs: Outputs, header: string): Look {
  const { name, method, path } = rung;
  const secretHeader = { header, vaultUri: outputs.keyVaultUri, secret: KEY_SECRET };
  return {
    ...{ name, method, url: `https://${outputs.inferenceAppHost}${path}` },
    ...(rung.method === 'POST' ? { headers: { 'Content-Type': 'application/zip' } } : {}),
    ...(rung.key === 'wrong' ? { headers: { [header]: wrongKey } } : {}),
    ...(rung.key === 'right' ? { secretHeader } : {}),
    // A start that looks a model up takes the app seconds, after a cold start many.
    seconds: 60,
  };
}

function judge(rung: Rung, sight: Sight | undefined, evidence: Evidence): Verdict {
  if (sight === undefined) throw new Error(`Nothing was seen for ${rung.name}.`);
  const faults = faultsOf(rung, sight);
  const cause = faults.length === 0 ? undefined : likelyCause(rung, sight, evidence);
  return { rung, sight, faults, cause };
}

function faultsOf(rung: Rung, sight: Sight): string[] {
  if (sight.status === undefined) return [sight.failure?.text ?? 'no answer'];
  const type = sight.headers['content-type'] ?? 'none';
  return [
    ...(sight.status === rung.status ? [] : [`status ${sight.status} instead of ${rung.status}`]),
    ...(type === rung.contentType ? [] : [`content type ${type} instead of ${rung.contentType}`]),
    ...(sight.body === rung.body && !sight.cut
      ? []
      : [`body "${oneLine(sight.body)}"${sight.cut ? ' and more' : ''}`]),
  ];
}

/** Text from the other side on one line, where no log takes it for a command. */
function oneLine(text: string): string {
  return text
    .slice(0, 200)
    .replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim();
}
