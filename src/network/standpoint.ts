import { Cancelled, messageOf } from '../errors.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Http } from '../toolbox/index.ts';
import { inRanges } from './address.ts';
import type { Deployed } from './deployed.ts';
import type { Evidence } from './evidence.ts';
import { insideEvidence, insideSkipped, insideUnproven } from './inside-evidence.ts';
import { outsideEvidence, outsideSkipped } from './outside-evidence.ts';
import { addressesIn } from './private-evidence.ts';
import type { Vantage } from './vantage.ts';

/** Where a runner stands that was said to stand inside, and the row that shows it. */
export interface Standpoint {
  readonly inside: boolean;
  readonly evidence: Evidence;
}

const otherwise = 'Set vantage: inside, or use a runner in the network';

/**
 * Checks the claim of `vantage: direct` by the runner's own look: inside, the vault's name resolves
 * to private addresses of the network alone. Only there its looks count as looks from inside.
 */
export async function standpointOf(
  outputs: Outputs,
  deployed: Deployed,
  here: Vantage,
): Promise<Standpoint> {
  const url = `${outputs.keyVaultUri.replace(/\/$/, '')}/secrets?api-version=7.4`;
  const [sight] = await here.look([{ name: 'vault', method: 'GET', url, bytes: 0, resolve: true }]);
  const addresses = addressesIn(sight);
  const inside = addresses.length > 0 && addresses.every((one) => inRanges(one, deployed.ranges));
  const { hostname } = new URL(url);
  const seen =
    addresses.length === 0
      ? `found no address of ${hostname}, so nobody knows where it stands. ${otherwise}`
      : `resolves ${hostname} to ${addresses.join(', ')}${inside ? '' : `: it stands outside. ${otherwise}`}`;
  return {
    inside,
    evidence: {
      ...{ check: 'runner-stands-inside', subject: 'this runner', from: 'inside' },
      ...{ result: inside ? 'closed' : 'unproven', seen },
    },
  };
}

/** The places that a proof may look from. `here` is this runner, whichever side it stands on. */
export interface Places {
  readonly inside: Vantage;
  readonly here: Vantage;
}

/**
 * The evidence from both sides. With `vantage: direct` the runner's claim to stand inside is checked
 * first, and what it cannot look at from where it stands is skipped and said.
 */
export async function evidenceFromBothSides(
  outputs: Outputs,
  deployed: Deployed,
  vantage: 'inside' | 'direct',
  { inside, here }: Places,
  http: Pick<Http, 'connect'>,
): Promise<Evidence[]> {
  const outside = (): Promise<Evidence[]> => outsideEvidence(outputs, deployed, here, http);
  if (vantage === 'inside') {
    const both = await Promise.all([outside(), fromProbe(outputs, deployed, inside)]);
    return both.flat();
  }
  const standpoint = await standpointOf(outputs, deployed, here);
  if (standpoint.inside) {
    const seen = await insideEvidence(outputs, deployed, here);
    return [standpoint.evidence, ...outsideSkipped(outputs, deployed), ...seen];
  }
  const seen = await outside();
  return [standpoint.evidence, ...seen, ...insideSkipped(outputs, deployed)];
}

/** What the probe machine cannot show keeps the proof from holding; the other sides can still be judged. */
async function fromProbe(
  outputs: Outputs,
  deployed: Deployed,
  inside: Vantage,
): Promise<Evidence[]> {
  try {
    return await insideEvidence(outputs, deployed, inside);
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    return insideUnproven(outputs, deployed, messageOf(error).replace('\nNext: ', ' Next: '));
  }
}
