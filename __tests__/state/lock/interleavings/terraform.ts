import { randomUUID } from 'node:crypto';
import type { Ask, Exchange, Send } from '../../../../src/azure/exchange.ts';

/** What Terraform does with a state, request by request as its azurerm backend does it. */
export interface PlayedTerraform {
  lock(): Promise<void>;
  /** The serial of the state; 0 where there is none. */
  read(): Promise<number>;
  write(serial: number): Promise<void>;
  unlock(): Promise<void>;
  /** `terraform force-unlock`, from another process. */
  forceUnlock(id: string): Promise<void>;
  /** What `terraform force-unlock` needs: the id that the error of a locked state shows. */
  idShown(): Promise<string | undefined>;
}

const META = 'x-ms-meta-terraformlockid';

/**
 * The requests of hashicorp/terraform, internal/backend/remote-state/azure/client.go, in their order.
 * `created` is the machine's time at the start (statemgr.NewLockInfo).
 */
export function playTerraform(
  address: string,
  who: string,
  now: () => number,
  send: Send,
): PlayedTerraform {
  let lease: string | undefined;
  const call = async (what: string, ask: Ask): Promise<Exchange> => {
    const headers = { ...(lease !== undefined && { 'x-ms-lease-id': lease }), ...ask.headers };
    const answer = await send({ ...ask, headers });
    if (answer.status >= 400) {
      const code = answer.headers['x-ms-error-code'] ?? '';
      throw new Refusal(`${what}: ${answer.status} ${code}`, answer.status);
    }
    return answer;
  };
  const head = (): Promise<Exchange> => call('GetProperties', { method: 'HEAD', url: address });
  const word = async (): Promise<string> => idIn((await head()).headers[META]) ?? '';
  const put = (body: string, meta: Readonly<Record<string, string>>): Promise<Exchange> => {
    const headers = { 'x-ms-blob-type': 'BlockBlob', 'content-type': 'application/json', ...meta };
    return call('PutBlockBlob', { method: 'PUT', url: address, headers, body });
  };
  const leaseAction = (action: string, headers: Ask['headers']): Promise<Exchange> =>
    call(action, {
      ...{ method: 'PUT', url: `${address}?comp=lease` },
      headers: { 'x-ms-lease-action': action, ...headers },
    });
  const setWord = async (text: string | undefined): Promise<void> => {
    const all = Object.entries(metadataOf(await head()));
    const kept = Object.fromEntries(all.filter(([name]) => name !== META));
    const headers = text === undefined ? kept : { ...kept, [META]: text };
    await call('SetMetaData', { method: 'PUT', url: `${address}?comp=metadata`, headers });
  };
  const unlock = async (id: string): Promise<void> => {
    const shown = await word();
    if (shown !== id) throw new Error(`failed to retrieve lock info, or not ${id}: "${shown}"`);
    lease = id;
    await setWord(undefined);
    await leaseAction('release', {});
    lease = undefined;
  };
  const refused = async (why: string): Promise<Error> => {
    await head().catch(() => undefined);
    return new Error(`Error acquiring the state lock: ${why}`);
  };
  return {
    async lock() {
      const ID = randomUUID();
      const info = { ID, Operation: 'OperationTypeApply', Who: who, Created: iso(now()) };
      const seen = await head().catch((error: unknown) => {
        if (!(error instanceof Refusal) || error.status !== 404) throw error;
      });
      if (seen === undefined) await put('', {});
      else if (seen.headers['x-ms-lease-status'] === 'locked') {
        throw await refused('state blob is already locked');
      }
      try {
        const wanted = { 'x-ms-lease-duration': '-1', 'x-ms-proposed-lease-id': ID };
        await leaseAction('acquire', wanted);
      } catch (error) {
        throw await refused(String(error));
      }
      lease = ID;
      await setWord(Buffer.from(JSON.stringify(info)).toString('base64'));
    },
    async read() {
      const { text } = await call('Get', { method: 'GET', url: address });
      return serialIn(text);
    },
    async write(serial) {
      const kept = metadataOf(await head());
      await put(JSON.stringify({ serial }), kept);
    },
    unlock: () => unlock(lease ?? ''),
    forceUnlock: unlock,
    idShown: async () => (await word()) || undefined,
  };
}

class Refusal extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Go prints nanoseconds. */
const iso = (time: number): string => new Date(time).toISOString().replace('Z', '123456Z');

/** The serial of a state; 0 for an empty one. */
export function serialIn(text: string): number {
  return text === '' ? 0 : (JSON.parse(text) as { serial: number }).serial;
}

function metadataOf({ headers }: Exchange): Record<string, string> {
  const found = Object.entries(headers).filter(([name]) => name.startsWith('x-ms-meta-'));
  return Object.fromEntries(found);
}

/** The id in the word of a lock. */
export function idIn(word: string | undefined): string | undefined {
  if (word === undefined || word === '') return undefined;
  return (JSON.parse(Buffer.from(word, 'base64').toString()) as { ID: string }).ID;
}
