import type { Stranger } from '../../local-azure/demo/stranger.ts';

/** ARM as somebody with rights uses it by hand, below the environment's resource group. */
export interface Hand {
  /** The resource as ARM gives it. */
  read(path: string): Promise<Resource>;
  write(path: string, body: unknown): Promise<void>;
  remove(path: string): Promise<void>;
}

/** A resource as ARM gives it; what a mutation changes of it is its own affair. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly location?: string;
  properties: Record<string, unknown>;
  readonly [key: string]: unknown;
}

/** Opens the network in one way, and gives what closes it again. */
export type Opening = (hand: Hand, names: Names) => Promise<() => Promise<void>>;

/** Names of what one environment has, by what they are. */
export type Names = Readonly<
  Record<'storage' | 'vault' | 'registry' | 'workspace' | 'app', string>
>;

const apis: Readonly<Record<string, string>> = {
  'Microsoft.Storage': '2025-08-01',
  'Microsoft.KeyVault': '2023-07-01',
  'Microsoft.ContainerRegistry': '2025-11-01',
  'Microsoft.MachineLearningServices': '2025-12-01',
  'Microsoft.Web': '2023-12-01',
  'Microsoft.Network': '2025-01-01',
  'Microsoft.Authorization': '2022-04-01',
  'Microsoft.ManagedIdentity': '2024-11-30',
};

/** A resource that has no such state was written at once. */
function isDone(state: unknown): boolean {
  return state === undefined || (typeof state === 'string' && /^succeeded$/i.test(state));
}

/** A hand over one resource group. Every write must have worked, and its operation must have ended, when it returns. */
export function handOver(stranger: Stranger, group: string): Hand {
  const api = (path: string): string =>
    path.includes('/privateDnsZones/') ? '2024-06-01' : (apis[path.split('/')[0] ?? ''] ?? '');
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await stranger.arm(method, `${group}/providers/${path}`, api(path), body);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body;
  };
  const settled = async (path: string, gone: boolean): Promise<void> => {
    for (let turn = 0; turn < 400; turn += 1) {
      const { status, body } = await stranger.arm('GET', `${group}/providers/${path}`, api(path));
      const state = (body as Partial<Resource> | undefined)?.properties?.['provisioningState'];
      if (gone ? status === 404 : isDone(state)) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`${path} does not settle`);
  };
  return {
    read: async (path) => (await ask('GET', path)) as Resource,
    write: async (path, body) => {
      await ask('PUT', path, body);
      await settled(path, false);
    },
    remove: async (path) => {
      await ask('DELETE', path);
      await settled(path, true);
    },
  };
}

/** Reads a resource, writes it changed, and later writes it as it was. */
export function changed(
  path: string | ((names: Names) => string),
  change: (resource: Resource) => void,
): Opening {
  return async (hand, names) => {
    const where = typeof path === 'string' ? path : path(names);
    const before = await hand.read(where);
    const after = structuredClone(before);
    change(after);
    await hand.write(where, after);
    return () => hand.write(where, before);
  };
}

/** Writes a resource that was not there, and later removes it. */
export function added(path: string, body: unknown): Opening {
  return async (hand) => {
    await hand.write(path, body);
    return () => hand.remove(path);
  };
}

/** Removes a resource, and later writes it and its children as they were. */
export function removed(path: string, ...children: readonly string[]): Opening {
  return async (hand) => {
    const paths = [path, ...children.map((child) => `${path}/${child}`)];
    const before = await Promise.all(paths.map((one) => hand.read(one)));
    await hand.remove(path);
    return async () => {
      for (const [at, one] of paths.entries()) await hand.write(one, before[at]);
    };
  };
}

/** Several openings at once. */
export function both(...openings: readonly Opening[]): Opening {
  return async (hand, names) => {
    const closings: (() => Promise<void>)[] = [];
    for (const open of openings) closings.unshift(await open(hand, names));
    return async () => {
      for (const close of closings) await close();
    };
  };
}
