import { fine, subscriptionOf, wrong } from './check.ts';
import type { Check, Look } from './check.ts';
import type { Machine } from './choices.ts';

/** What a size is in a region, by Azure's list. */
export interface Size {
  readonly family: string;
  readonly cores: number;
  /** Why the machine cannot have it here; undefined where it can. */
  readonly obstacle: string | undefined;
}

interface RawSku {
  readonly resourceType?: string;
  readonly name?: string;
  readonly family?: string;
  readonly capabilities?: readonly { readonly name: string; readonly value: string }[];
  readonly restrictions?: readonly { readonly type?: string; readonly reasonCode?: string }[];
}

interface LearningSize {
  readonly name?: string;
  readonly family?: string;
  readonly vCPUs?: number;
}

/** The API version for what Machine Learning offers a subscription. */
export const learningApi = '2025-06-01';

/** The sizes that a region offers to one kind of machine, by name in lower case. */
export function sizesFor(kind: Machine['quota'], look: Look): Promise<ReadonlyMap<string, Size>> {
  return kind === 'machine learning' ? learningSizes(look) : machineSizes(look);
}

async function learningSizes(look: Look): Promise<ReadonlyMap<string, Size>> {
  const place = `providers/Microsoft.MachineLearningServices/locations/${look.settings.location}`;
  const path = `${subscriptionOf(look)}/${place}/vmSizes`;
  const raw = await look.facts.list<LearningSize>(path, learningApi);
  return new Map(
    raw.map(({ name = '', family = '', vCPUs = 0 }) => [
      name.toLowerCase(),
      { family, cores: vCPUs, obstacle: undefined },
    ]),
  );
}

async function machineSizes(look: Look): Promise<ReadonlyMap<string, Size>> {
  const filter = encodeURIComponent(`location eq '${look.settings.location}'`);
  const path = `${subscriptionOf(look)}/providers/Microsoft.Compute/skus?$filter=${filter}`;
  const raw = await look.facts.list<RawSku>(path, '2021-07-01');
  return new Map(
    raw
      .filter(({ resourceType }) => resourceType === 'virtualMachines')
      .map((sku) => [(sku.name ?? '').toLowerCase(), sizeOf(sku, look)]),
  );
}

function sizeOf(sku: RawSku, look: Look): Size {
  const capability = (wanted: string): string | undefined =>
    sku.capabilities?.find(({ name }) => name === wanted)?.value;
  return {
    family: sku.family ?? '',
    cores: Number(capability('vCPUs') ?? 0),
    obstacle: restrictionOf(sku) ?? unfit(capability, look),
  };
}

/** A restriction of the whole region; one of single zones leaves the region usable. */
function restrictionOf({ restrictions = [] }: RawSku): string | undefined {
  const whole = restrictions.find(({ type }) => type === 'Location');
  return whole && `is not open to this subscription (${whole.reasonCode ?? 'restricted'})`;
}

/** What the machines of `terraform/` need of a size: x64 images of generation 2, and encryption at host. */
function unfit(
  capability: (name: string) => string | undefined,
  { choices }: Look,
): string | undefined {
  if (capability('CpuArchitectureType') === 'Arm64')
    return 'has an Arm processor, the image is for x64';
  if (capability('HyperVGenerations') === 'V1') return 'cannot run an image of generation 2';
  if (choices.encryptionAtHost && capability('EncryptionAtHostSupported') === 'False') {
    return 'has no encryption at host';
  }
  return undefined;
}

/** Whether the region offers each size to this subscription, fit for what it is to run. */
export const sizesCheck: Check = {
  name: 'machine sizes',
  regional: true,
  async run(look) {
    const { machines } = look.choices;
    const { location } = look.settings;
    const lists = {
      'machine learning': await sizesFor('machine learning', look),
      'virtual machines': await sizesFor('virtual machines', look),
    };
    const problems = machines.flatMap(({ what, size, quota }) => {
      const found = lists[quota].get(size.toLowerCase());
      if (found === undefined) return [`${size} (${what}) is not offered`];
      return found.obstacle === undefined ? [] : [`${size} (${what}) ${found.obstacle}`];
    });
    if (problems.length === 0) {
      return fine([...new Set(machines.map(({ size }) => size))].join(', '));
    }
    return wrong(
      `In ${location}, ${problems.join('; ')}.`,
      `choose other sizes in the variables file (az vm list-skus --location ${location} --resource-type virtualMachines; for computes: az ml compute list-sizes --location ${location}), or another location; a size that is not open to the subscription can be asked for with a support request.`,
    );
  },
};
