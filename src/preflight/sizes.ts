import { fine, subscriptionOf, wrong } from './check.ts';
import type { Check, Finding, Look } from './check.ts';

/** A machine that a deploy creates, and whose quota it counts against. */
export interface Machine {
  readonly what: string;
  readonly size: string;
  /** Machine Learning has quotas of its own beside those for virtual machines. */
  readonly quota: 'machine learning' | 'virtual machines';
}

/** What a size is in a region, by Azure's list. */
export interface Sku {
  readonly family: string;
  readonly cores: number;
  /** Why this subscription cannot have it here; undefined where it can. */
  readonly restriction: string | undefined;
}

interface RawSku {
  readonly resourceType?: string;
  readonly name?: string;
  readonly family?: string;
  readonly capabilities?: readonly { readonly name: string; readonly value: string }[];
  readonly restrictions?: readonly { readonly type?: string; readonly reasonCode?: string }[];
}

/** The sizes of virtual machines that a region has, by name in lower case. */
export async function skusIn(look: Look): Promise<ReadonlyMap<string, Sku>> {
  const filter = encodeURIComponent(`location eq '${look.settings.location}'`);
  const path = `${subscriptionOf(look)}/providers/Microsoft.Compute/skus?$filter=${filter}`;
  const raw = await look.arm.list<RawSku>(path, '2021-07-01');
  return new Map(
    raw
      .filter(({ resourceType }) => resourceType === 'virtualMachines')
      .map((sku) => [(sku.name ?? '').toLowerCase(), skuOf(sku)]),
  );
}

function skuOf({ family = '', capabilities = [], restrictions = [] }: RawSku): Sku {
  const cores = capabilities.find(({ name }) => name === 'vCPUs')?.value;
  // restrictions of single zones leave the region usable
  const whole = restrictions.find(({ type }) => type === 'Location');
  return {
    family,
    cores: Number(cores ?? 0),
    restriction: whole && (whole.reasonCode ?? 'restricted'),
  };
}

/** Whether the region offers each size to this subscription. */
export function sizesCheck(machines: readonly Machine[]): Check {
  return {
    name: 'machine sizes',
    async run(look) {
      const skus = await skusIn(look);
      const problems = machines.flatMap(({ what, size }) => {
        const sku = skus.get(size.toLowerCase());
        if (sku === undefined) return [`${size} (${what}) is not offered`];
        if (sku.restriction === undefined) return [];
        return [`${size} (${what}) is not open to this subscription (${sku.restriction})`];
      });
      return offered(problems, machines, look);
    },
  };
}

function offered(problems: readonly string[], machines: readonly Machine[], look: Look): Finding {
  const { location } = look.settings;
  if (problems.length === 0) {
    const sizes = new Set(machines.map(({ size }) => size));
    return fine(`${[...sizes].join(', ')} offered in ${location}`);
  }
  return wrong(
    `In ${location}, ${problems.join('; ')}.`,
    `choose other sizes (az vm list-skus --location ${location} --resource-type virtualMachines) or another location; a restricted size can be asked for with a support request.`,
  );
}
