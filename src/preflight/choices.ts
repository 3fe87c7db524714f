import type { Settings } from '../inputs/schema.ts';
import type { Names } from '../names.ts';
import type { Values } from '../terraform/variables.ts';

/** A machine that a deploy creates, and whose quota it counts against. */
export interface Machine {
  readonly what: string;
  readonly name: string;
  readonly size: string;
  /** Machine Learning has sizes and quotas of its own beside those for virtual machines. */
  readonly quota: 'machine learning' | 'virtual machines';
}

/** What an ARM template takes where nobody says otherwise. */
interface TemplateDefaults {
  readonly parameters: Readonly<Record<string, { readonly defaultValue?: unknown }>>;
}

/** What the user chose, by variables and inputs, as far as Azure may say no to it. */
export interface Choices {
  readonly machines: readonly Machine[];
  /** Size of the App Service plan, such as P0v3; empty where the configuration has none. */
  readonly planSize: string;
  readonly zoneRedundancy: boolean;
  readonly secondRegion: boolean;
  readonly encryptionAtHost: boolean;
}

/**
 * Reads the choices from the effective variables (see `effectiveVariables`) and the defaults of
 * `arm/computes.json`. What the configuration does not declare, it does not have.
 */
export function choicesOf(
  values: Values,
  template: TemplateDefaults,
  { environment, instanceUser }: Pick<Settings, 'environment' | 'instanceUser'>,
  names: Names,
): Choices {
  const machine = (what: string, sizedBy: string): Machine[] => {
    const size = textOf(values[sizedBy]);
    const name = `${environment}-${what}`; // as terraform/ names them
    return size === '' ? [] : [{ what, name, size, quota: 'virtual machines' }];
  };
  const compute = (what: string, name: string, sizedBy: string): Machine => {
    const size = textOf(template.parameters[sizedBy]?.defaultValue);
    return { what, name, size, quota: 'machine learning' };
  };
  return {
    machines: [
      compute('compute cluster', names.computeCluster, 'clusterVmSize'),
      ...(instanceUser === ''
        ? []
        : [compute('compute instance', names.computeInstance, 'instanceVmSize')]),
      ...machine('probe', 'probe_vm_size'),
      ...(values['jumpbox'] === true ? machine('jumpbox', 'jumpbox_vm_size') : []),
    ],
    planSize: textOf(values['inference_plan_sku']),
    zoneRedundancy: values['zone_redundancy'] === true,
    secondRegion: values['data_in_second_region'] === true,
    encryptionAtHost: values['encryption_at_host'] === true,
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
