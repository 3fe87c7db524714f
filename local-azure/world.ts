import type { EventEmitter } from 'node:events';

/** An ARM resource as it is stored; `properties` is what GET returns. */
export interface StoredResource {
  id: string;
  name: string;
  type: string;
  location?: string;
  tags?: Record<string, string>;
  identity?: Record<string, unknown>;
  sku?: Record<string, unknown>;
  kind?: string;
  properties: Record<string, unknown>;
  /** Kept beside the resource and never returned: key material, write-only values. */
  hidden?: Record<string, unknown>;
  [extra: string]: unknown;
}

/** Everything Local Azure knows, keyed by ARM id in lower case. Ids compare without case, as in Azure. */
export interface World {
  readonly resources: ResourceStore;
  readonly clock: LocalClock;
  readonly tenantId: string;
  readonly subscriptionId: string;
  /** Long-running operations, by id. */
  readonly operations: Map<string, RunningOperation>;
  /** Things that one service lets others know (`created`, `deleted`), with the resource. */
  readonly events: EventEmitter;
  /** Where services keep what is not an ARM resource, by service name. */
  readonly data: Map<string, unknown>;
  /** Private folder of this instance, removed at the end. */
  readonly folder: string;
  /** Scales Azure's usual durations (docs: latencies); 0 answers at once. */
  readonly pace: number;
}

export interface ResourceStore {
  get(id: string): StoredResource | undefined;
  put(resource: StoredResource): void;
  delete(id: string): boolean;
  /** All resources whose id lies below `prefix` (the resource itself not included). */
  below(prefix: string): StoredResource[];
  ofType(type: string): StoredResource[];
  all(): StoredResource[];
}

export interface LocalClock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** An operation that ends at `endsAt`, and what it leaves. */
export interface RunningOperation {
  readonly id: string;
  readonly endsAt: number;
  /** What a poll says once it has ended. */
  outcome(): { status: 'Succeeded' | 'Failed' | 'Canceled'; error?: unknown; body?: unknown };
}

/** What a service keeps in this world under a name; made at the first question. */
export function keptIn<T>(world: Pick<World, 'data'>, name: string, make: () => T): T {
  const known = world.data.get(name) as T | undefined;
  if (known !== undefined) return known;
  const made = make();
  world.data.set(name, made);
  return made;
}
