import { blobServiceOf } from '../../../local-azure/azurite/process.ts';
import type { World } from '../../../local-azure/world.ts';

/** One version of Terraform's state. */
export interface StateVersion {
  readonly serial: number;
  readonly lineage: string;
  /** What is managed in it: ARM ids (in lower case) by address. */
  readonly ids: ReadonlyMap<string, string>;
}

/** What the store of the state has been told. */
export interface StateWatch {
  /** Every version that was written, in order. */
  readonly versions: readonly StateVersion[];
  readonly isLocked: () => boolean;
  /** Breaks the lease of the lock, as a person does with the Azure CLI. */
  readonly breakLock: () => Promise<void>;
}

/** Watches the state of the environment "demo" from now on. */
export function watchState(world: World): StateWatch {
  const service = blobServiceOf(world);
  const versions: StateVersion[] = [];
  let isLocked = false;
  let acquired: Parameters<typeof service.send>[0] | undefined;
  world.data.set('blob-service', {
    ...service,
    send: async (request: Parameters<typeof service.send>[0]) => {
      const answer = await service.send(request);
      const { method, target, headers, body } = request;
      if (method !== 'PUT' || !target.startsWith('/tfstate/demo.tfstate')) return answer;
      if (answer.status >= 300) return answer;
      if (target.includes('comp=lease')) {
        isLocked = headers['x-ms-lease-action'] === 'acquire';
        if (isLocked) acquired = request;
      } else if (!target.includes('comp=')) versions.push(...versionIn(body.toString()));
      return answer;
    },
  });
  return {
    versions,
    isLocked: () => isLocked,
    breakLock: async () => {
      if (acquired === undefined) return;
      const action = { 'x-ms-lease-action': 'break', 'x-ms-lease-break-period': '0' };
      const { status } = await service.send({
        ...acquired,
        headers: { ...acquired.headers, ...action },
      });
      if (status >= 300) throw new Error(`the lease could not be broken: ${status}`);
      isLocked = false;
    },
  };
}

/** Terraform locks a state that is not there yet by an empty blob. */
function versionIn(text: string): StateVersion[] {
  if (text.trim() === '') return [];
  const { serial, lineage, resources } = JSON.parse(text) as Stored;
  const ids = resources
    .filter(({ mode }) => mode === 'managed')
    .flatMap(({ type, name, instances }) =>
      instances.map(({ index_key: key, attributes }) => {
        const index = key === undefined ? '' : `[${JSON.stringify(key)}]`;
        return [`${type}.${name}${index}`, (attributes.id ?? '').toLowerCase()] as const;
      }),
    );
  return [{ serial, lineage, ids: new Map(ids) }];
}

interface Stored {
  readonly serial: number;
  readonly lineage: string;
  readonly resources: readonly {
    readonly mode: string;
    readonly type: string;
    readonly name: string;
    readonly instances: readonly {
      readonly index_key?: string | number;
      readonly attributes: { readonly id?: string };
    }[];
  }[];
}
