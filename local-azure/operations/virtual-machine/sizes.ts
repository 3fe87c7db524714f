import type { World } from '../../world.ts';

/** A size of virtual machine, as the lists of SKUs and quotas name it. */
export interface MachineSize {
  readonly name: string;
  readonly family: string;
  readonly cores: number;
  /** GiB */
  readonly memory: number;
  readonly gpus: number;
  /** Offered as an AML compute too. */
  readonly learning: boolean;
  /** What it cannot, where that is worth a test: run x64 or images of generation 2, encrypt at host. */
  readonly lacks: 'nothing' | 'x64' | 'generation 2' | 'encryption';
}

/** A family of sizes, which shares one quota. */
export interface Family {
  readonly name: string;
  readonly localizedValue: string;
}

type Row = readonly [
  name: string,
  family: string,
  cores: number,
  memory: number,
  gpus: number,
  learning: boolean,
  lacks?: MachineSize['lacks'],
];

/** Sizes the product may be asked for (learn.microsoft.com, "Sizes for virtual machines in Azure"). */
const rows: readonly Row[] = [
  ['Standard_D2s_v3', 'standardDSv3Family', 2, 8, 0, true],
  ['Standard_D4s_v3', 'standardDSv3Family', 4, 16, 0, true],
  ['Standard_D8s_v3', 'standardDSv3Family', 8, 32, 0, true],
  ['Standard_D16s_v3', 'standardDSv3Family', 16, 64, 0, true],
  ['Standard_DS2_v2', 'standardDSv2Family', 2, 7, 0, true],
  ['Standard_DS3_v2', 'standardDSv2Family', 4, 14, 0, true],
  ['Standard_E4s_v3', 'standardESv3Family', 4, 32, 0, true],
  ['Standard_D4ds_v4', 'standardDDSv4Family', 4, 16, 0, true],
  ['Standard_D2s_v5', 'standardDSv5Family', 2, 8, 0, false],
  ['Standard_D4s_v5', 'standardDSv5Family', 4, 16, 0, true],
  ['Standard_D2as_v5', 'standardDASv5Family', 2, 8, 0, false],
  ['Standard_D4as_v5', 'standardDASv5Family', 4, 16, 0, false],
  ['Standard_B2s', 'standardBSFamily', 2, 4, 0, false],
  ['Standard_B2ats_v2', 'standardBasv2Family', 2, 1, 0, false],
  ['Standard_B2als_v2', 'standardBasv2Family', 2, 4, 0, false],
  ['Standard_B2pls_v2', 'standardBpsv2Family', 2, 4, 0, false, 'x64'],
  ['Standard_A2_v2', 'standardAv2Family', 2, 4, 0, false, 'generation 2'],
  ['Standard_DC2s', 'standardDCSFamily', 2, 8, 0, false, 'encryption'],
  ['Standard_NC4as_T4_v3', 'Standard NCASv3_T4 Family', 4, 28, 1, true],
  ['Standard_NC8as_T4_v3', 'Standard NCASv3_T4 Family', 8, 56, 1, true],
  ['Standard_NC24ads_A100_v4', 'StandardNCADSA100v4Family', 24, 220, 1, true],
];

export const machineSizes: readonly MachineSize[] = rows.map(
  ([name, family, cores, memory, gpus, learning, lacks = 'nothing']) => ({
    name,
    family,
    cores,
    memory,
    gpus,
    learning,
    lacks,
  }),
);

/** Cores a family may use where `quotas` in the world's data says nothing else. */
const USUAL_LIMIT = 100;

/** Every family once. */
export function familiesOf(): Family[] {
  const names = [...new Set(machineSizes.map((size) => size.family))];
  return names.map((name) => ({ name, localizedValue: `${name} vCPUs` }));
}

/**
 * One line of a quota list. `quotas` in the world's data is a map from `<compute|ml>/<family>` in
 * lower case to a number of cores.
 */
export function usageOf(
  world: World,
  service: 'compute' | 'ml',
  _location: string,
  family: Family,
): { readonly name: unknown; readonly currentValue: number; readonly limit: number } {
  const quotas = world.data.get('quotas') as ReadonlyMap<string, number> | undefined;
  const limit = quotas?.get(`${service}/${family.name}`.toLowerCase()) ?? USUAL_LIMIT;
  return {
    name: { value: family.name, localizedValue: family.localizedValue },
    currentValue: 0,
    limit,
  };
}
