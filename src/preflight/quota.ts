import { apis } from '../azure/api-versions.ts';
import { resourcesIn } from '../azure/groups.ts';
import { fine, idInGroup, subscriptionOf, wrong } from './check.ts';
import type { Check, Look } from './check.ts';
import type { Machine } from './choices.ts';
import { learningApi, sizesFor } from './sizes.ts';
import type { Size } from './sizes.ts';

interface Usage {
  readonly name?: { readonly value?: string; readonly localizedValue?: string };
  readonly currentValue?: number;
  readonly limit?: number;
}

type Kind = Machine['quota'];

const usagePaths = {
  'virtual machines': { provider: 'Microsoft.Compute', api: apis.compute },
  'machine learning': { provider: 'Microsoft.MachineLearningServices', api: learningApi },
} as const;

/** The names of the totals over all families. */
const totals = new Set(['cores', 'totalregionalvcpus']);

/** Whether the quota for cores leaves room for the machines that are not there yet, the cluster with one node. */
export const quotaCheck: Check = {
  name: 'quota for cores',
  regional: true,
  async run(look) {
    const wanted = await stillToCome(look);
    if (wanted.length === 0) return fine('all machines exist already');
    const kinds = [...new Set(wanted.map(({ quota }) => quota))];
    const problems = await Promise.all(
      kinds.map(async (kind) => {
        const ofKind = wanted.filter(({ quota }) => quota === kind);
        const [sizes, usages] = await Promise.all([sizesFor(kind, look), usagesOf(kind, look)]);
        return shortages(kind, ofKind, sizes, usages);
      }),
    );
    const short = problems.flat();
    if (short.length === 0) {
      return fine(`enough for ${wanted.length} ${wanted.length === 1 ? 'machine' : 'machines'}`);
    }
    return wrong(
      `The quota in ${look.settings.location} is too small: ${short.join('; ')}.`,
      'ask for more (Azure portal, Quotas; for Machine Learning: Azure Machine Learning studio, Quota), or choose another size or location. Requests for small numbers are usually granted within minutes.',
    );
  },
};

function usagesOf(kind: Kind, look: Look): Promise<readonly Usage[]> {
  const { provider, api } = usagePaths[kind];
  const place = `providers/${provider}/locations/${look.settings.location}/usages`;
  return look.arm.list<Usage>(`${subscriptionOf(look)}/${place}`, api);
}

/** Machines that exist already have their cores. */
async function stillToCome(look: Look): Promise<readonly Machine[]> {
  const { names, session, tools, choices } = look;
  const there = await resourcesIn(session, names.resourceGroup, tools);
  const ids = new Set(there.map(({ id }) => id.toLowerCase()));
  const workspace = idInGroup(
    look,
    'Microsoft.MachineLearningServices/workspaces',
    names.workspace,
  );
  if (ids.has(workspace.toLowerCase())) {
    for (const { id } of await look.arm.list(`${workspace}/computes`, learningApi)) {
      ids.add(id.toLowerCase());
    }
  }
  return choices.machines.filter(({ quota, name }) => {
    const id =
      quota === 'virtual machines'
        ? idInGroup(look, 'Microsoft.Compute/virtualMachines', name)
        : `${workspace}/computes/${name}`;
    return !ids.has(id.toLowerCase());
  });
}

/** Compares by family and in total; a quota that Azure does not list cannot be too small. */
function shortages(
  kind: Kind,
  machines: readonly Machine[],
  sizes: ReadonlyMap<string, Size>,
  usages: readonly Usage[],
): string[] {
  const needs = new Map<string, number>();
  let total = 0;
  for (const { size } of machines) {
    const found = sizes.get(size.toLowerCase());
    if (found === undefined) continue; // the check of the sizes says so
    needs.set(found.family, (needs.get(found.family) ?? 0) + found.cores);
    total += found.cores;
  }
  const families = [...needs].flatMap(([family, cores]) =>
    shortage(
      `${family} (${kind})`,
      cores,
      find(usages, (name) => name === plain(family)),
    ),
  );
  return [
    ...families,
    ...shortage(
      `all families (${kind})`,
      total,
      find(usages, (name) => totals.has(name)),
    ),
  ];
}

function shortage(what: string, cores: number, usage: Usage | undefined): string[] {
  const { limit = -1, currentValue = 0 } = usage ?? {};
  if (limit < 0 || limit - currentValue >= cores) return []; // −1: no limit of its own
  return [
    `${what} needs ${cores} cores, ${Math.max(0, limit - currentValue)} of ${limit} are free`,
  ];
}

function find(usages: readonly Usage[], isIt: (name: string) => boolean): Usage | undefined {
  return usages.find(({ name }) => {
    const text = name?.value ?? '';
    return !/low.?priority|spot/i.test(text) && isIt(plain(text));
  });
}

/**
 * "Standard DSv3 Family Cluster Dedicated vCPUs" (Machine Learning) and "standardDSv3Family"
 * (Compute) name one family.
 */
function plain(name: string): string {
  const words = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (/^total.*vcpus$/.test(words)) return 'totalregionalvcpus';
  return words.replace(/(cluster)?dedicatedvcpus$/, '').replace(/^standard|family$/g, '');
}
