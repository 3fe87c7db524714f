import { EventEmitter } from 'node:events';
import type { LocalClock, ResourceStore, StoredResource, World } from './world.ts';

/** What a world is made from. `pace` scales Azure's usual durations; 0 answers at once. */
export interface WorldOptions {
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly folder: string;
  readonly pace: number;
  readonly clock?: LocalClock;
}

/** An empty world: no resource, no running operation. */
export function createWorld(options: WorldOptions): World {
  const events = new EventEmitter();
  events.setMaxListeners(0);
  return {
    resources: createResourceStore(),
    clock: options.clock ?? systemClock,
    tenantId: options.tenantId,
    subscriptionId: options.subscriptionId,
    operations: new Map(),
    events,
    data: new Map(),
    folder: options.folder,
    pace: options.pace,
  };
}

const systemClock: LocalClock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Resources by id without case, in the order of their creation. */
export function createResourceStore(): ResourceStore {
  const byId = new Map<string, StoredResource>();
  const all = (): StoredResource[] => [...byId.values()];
  return {
    get: (id) => byId.get(keyOf(id)),
    put: (resource) => void byId.set(keyOf(resource.id), resource),
    delete: (id) => byId.delete(keyOf(id)),
    below(prefix) {
      const start = `${keyOf(prefix)}/`;
      return [...byId].filter(([key]) => key.startsWith(start)).map(([, resource]) => resource);
    },
    ofType(type) {
      const wanted = type.toLowerCase();
      return all().filter((resource) => resource.type.toLowerCase() === wanted);
    },
    all,
  };
}

function keyOf(id: string): string {
  return id.toLowerCase().replace(/\/+$/, '');
}
