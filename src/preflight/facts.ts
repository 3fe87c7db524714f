import type { Arm } from '../azure/arm.ts';
import { findGroup } from '../azure/groups.ts';
import type { Group } from '../azure/groups.ts';
import type { Session } from '../login/session.ts';
import type { Names } from '../names.ts';
import type { Toolbox } from '../toolbox/index.ts';

/** A resource provider of the subscription, with what it makes where. */
export interface Provider {
  readonly namespace: string;
  readonly registrationState?: string;
  readonly resourceTypes?: readonly {
    readonly resourceType: string;
    /** Regions by the names people read; none for what has no region. */
    readonly locations?: readonly string[];
  }[];
}

/** A region as the subscription may use it. */
export interface Region {
  readonly name: string;
  readonly type?: string;
  /** One entry for each zone; missing in a region without zones. */
  readonly availabilityZoneMappings?: readonly unknown[];
}

/** Lists that several checks look at: each is read once, by the first that asks. */
export interface Facts {
  providers(): Promise<readonly Provider[]>;
  regions(): Promise<readonly Region[]>;
  /** The group of the environment, or of its state; undefined where there is none yet. */
  group(which: 'environment' | 'state'): Promise<Group | undefined>;
  /** Any other list of ARM. */
  list<T>(path: string, apiVersion: string): Promise<readonly T[]>;
}

/** Facts of one subscription. `tools` end at the deadline of the preflight. */
export function readFacts(
  session: Session,
  arm: Arm,
  names: Names,
  tools: Pick<Toolbox, 'clock' | 'log' | 'cancelled'>,
): Facts {
  const subscription = `/subscriptions/${session.subscriptionId}`;
  const groups = {
    environment: once(() => findGroup(session, names.resourceGroup, tools)),
    state: once(() => findGroup(session, names.stateGroup, tools)),
  };
  const lists = new Map<string, Promise<readonly unknown[]>>();
  return {
    list: async <T>(path: string, apiVersion: string) => {
      const known = lists.get(path) ?? arm.list<unknown>(path, apiVersion);
      lists.set(path, known);
      return (await known) as readonly T[];
    },
    providers: once(() => arm.list<Provider>(`${subscription}/providers`, '2022-12-01')),
    regions: once(() => arm.list<Region>(`${subscription}/locations`, '2022-12-01')),
    group: (which) => groups[which](),
  };
}

/** A region's name as ids carry it: "West Europe" is westeurope. */
export function plainRegion(name: string): string {
  return name.toLowerCase().replaceAll(' ', '');
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= read());
}
