import type { Arm } from '../../src/azure/arm.ts';

/** One call that reached the fake. `path` is as the product wrote it, query included. */
export interface ArmCall {
  readonly method: 'GET' | 'LIST' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly path: string;
  readonly apiVersion: string;
  readonly body: unknown;
}

/** Answers calls whose method and path end match, such as `GET /jobs/one`; throwing makes the call fail. */
export type Script = Readonly<Record<string, (call: ArmCall) => unknown>>;

export interface FakeArm extends Arm {
  readonly calls: ArmCall[];
  /** The calls as `METHOD last/two`-like lines: method and the path behind the resource group. */
  lines(): string[];
  /** Adds or replaces answers. */
  on(script: Script): void;
}

/** An Arm that records calls and gives scripted answers; a call nobody scripted fails the test, except DELETE. */
export function fakeArm(script: Script = {}): FakeArm {
  const answers = new Map(Object.entries(script));
  const calls: ArmCall[] = [];
  const answer = async (
    method: ArmCall['method'],
    path: string,
    apiVersion: string,
    body?: unknown,
  ): Promise<unknown> => {
    const call = { method, path, apiVersion, body };
    calls.push(call);
    const found = [...answers]
      .filter(
        ([key]) => key.startsWith(`${method} `) && path.endsWith(key.slice(method.length + 1)),
      )
      .sort(([one], [other]) => other.length - one.length)[0];
    if (found !== undefined) return found[1](call);
    if (method === 'DELETE') return undefined;
    throw new Error(`No answer scripted for ${method} ${path}`);
  };
  return {
    calls,
    lines: () => calls.map(({ method, path }) => `${method} ${path.replace(/^.*providers\//, '')}`),
    on: (more) => Object.entries(more).forEach(([key, value]) => answers.set(key, value)),
    get: async <T>(path: string, version: string) => (await answer('GET', path, version)) as T,
    list: async <T>(path: string, version: string) =>
      (await answer('LIST', path, version)) as readonly T[],
    put: async <T>(path: string, version: string, body: unknown) =>
      (await answer('PUT', path, version, body)) as T,
    patch: async <T>(path: string, version: string, body: unknown) =>
      (await answer('PATCH', path, version, body)) as T,
    post: async <T>(path: string, version: string, body?: unknown) =>
      (await answer('POST', path, version, body)) as T,
    postForBytes: async (path, version) => {
      const said = await answer('POST', path, version);
      return said === undefined ? undefined : Buffer.from(said as string);
    },
    delete: async (path, version) => {
      await answer('DELETE', path, version);
    },
  };
}
