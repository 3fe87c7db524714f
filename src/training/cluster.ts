import { apis } from '../azure/api-versions.ts';
import type { Arm } from '../azure/arm.ts';
import { visible } from '../report/markdown.ts';

/** An AmlCompute cluster as ARM tells it (Microsoft.MachineLearningServices, Compute_Get). */
export interface Cluster {
  readonly properties?: {
    readonly computeType?: string;
    readonly provisioningState?: string;
    readonly properties?: {
      readonly allocationState?: string;
      readonly vmSize?: string;
      readonly vmPriority?: string;
      readonly currentNodeCount?: number;
      readonly targetNodeCount?: number;
      readonly scaleSettings?: { readonly maxNodeCount?: number };
      readonly nodeStateCounts?: Readonly<Record<string, number>>;
      readonly errors?: readonly ClusterError[] | null;
    };
  };
}

interface ClusterError {
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** What a cluster says of itself, in words, and whether it works for others or has trouble. */
export interface ClusterState {
  readonly text: string;
  /** Whether nodes of it run jobs, and it has no errors. */
  readonly isBusy: boolean;
  /** Whether it may have too little quota or capacity for one node. */
  readonly lacksQuota: boolean;
  readonly lacksCapacity: boolean;
}

/** Reads the state of a cluster. */
export async function clusterState(path: string, arm: Arm): Promise<ClusterState> {
  const cluster = await arm.get<Cluster>(path, apis.machineLearning);
  if (cluster === undefined) {
    const text = 'it is gone';
    return { text, isBusy: false, lacksQuota: false, lacksCapacity: false };
  }
  return stateOf(cluster);
}

/** The state of a cluster from what ARM says of it. */
export function stateOf({ properties }: Cluster): ClusterState {
  const own = properties?.properties ?? {};
  const errors = (own.errors ?? []).map(
    ({ error }) => `${error?.code ?? 'error'}: ${error?.message ?? ''}`,
  );
  const running = own.nodeStateCounts?.['runningNodeCount'] ?? 0;
  const all = errors.join(' ');
  return {
    text: [
      `allocation ${own.allocationState ?? 'unknown'}`,
      `${own.currentNodeCount ?? 0} of ${own.targetNodeCount ?? 0} wanted nodes (at most ${own.scaleSettings?.maxNodeCount ?? 'unknown'}; ${own.vmSize ?? 'unknown size'}, ${own.vmPriority ?? 'Dedicated'})`,
      ...nodesIn(own.nodeStateCounts ?? {}),
      errors.length === 0 ? 'no errors' : `errors: ${visible(all, 600)}`,
    ].join(', '),
    isBusy: running > 0 && errors.length === 0,
    lacksQuota: /quota/i.test(all),
    lacksCapacity: /capacity|AllocationFailed|SkuNotAvailable/i.test(all),
  };
}

/** `2 running, 1 preempted`: the states that nodes are in. */
function nodesIn(counts: Readonly<Record<string, number>>): string[] {
  const some = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name.replace(/NodeCount$/, '')}`);
  return some.length === 0 ? [] : [`nodes: ${some.join(', ')}`];
}

/** Why a cluster cannot take a job at all; undefined where it can. */
export function unfitness({ properties }: Cluster): string | undefined {
  const { computeType, provisioningState } = properties ?? {};
  if (computeType !== undefined && computeType !== 'AmlCompute') return `it is a ${computeType}`;
  if (provisioningState !== undefined && provisioningState !== 'Succeeded') {
    return `its provisioning state is ${provisioningState}`;
  }
  if (properties?.properties?.scaleSettings?.maxNodeCount === 0)
    return 'it may have no node at all';
  return undefined;
}
