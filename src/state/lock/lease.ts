import type { Ask, Exchange, Send } from '../../azure/exchange.ts';
import { explain } from '../../azure/explain.ts';

/** Terraform's lock on a state, as the azurerm backend keeps it on the state's blob. */
export interface StateLock {
  /** Also the id of the blob's lease (hashicorp/terraform, internal/backend/remote-state/azure/client.go). */
  readonly id: string;
  /** Such as OperationTypeApply. */
  readonly operation: string;
  /** The user and the machine: `runner@fv-az1-2`. */
  readonly who: string;
  /** When it was taken by the clock of that machine, ISO 8601. */
  readonly created: string;
}

/** The lock as it was found. */
export interface LockSight {
  /** Who holds it; undefined where nobody does, `unknown` where whoever does has left no word. */
  readonly holder: StateLock | 'unknown' | undefined;
  /** Whether there is a blob that can be locked. */
  readonly exists: boolean;
  /** The storage service's clock, milliseconds since the epoch, where it tells it. */
  readonly at: number | undefined;
}

/** The lock on one state. */
export interface StateLease {
  look(): Promise<LockSight>;
  /** Whether there is nothing in the state; false where it may not be looked at. */
  isEmpty(): Promise<boolean>;
  /** Makes an empty state where there is none; one that is there is never touched. */
  make(): Promise<void>;
  /** Gives up the lease of this id: where another holds the state by now, nothing happens. */
  release(id: string): Promise<boolean>;
}

const META = 'x-ms-meta-terraformlockid';
/** Refusals that mean: no such lease (any more). */
const gone = [404, 409, 412];

/** The lock on the state at this address, by the Blob service's REST interface. */
export function openLease(address: string, send: Send): StateLease {
  const head = (headers: Ask['headers'] = {}): Promise<Exchange> =>
    send({ method: 'HEAD', url: address, headers });
  return {
    look: () => look(head),
    async isEmpty() {
      const { status, headers } = await head();
      return status === 404 || (status < 400 && headers['content-length'] === '0');
    },
    async make() {
      const headers = {
        'x-ms-blob-type': 'BlockBlob',
        'content-type': 'application/json',
        'if-none-match': '*',
      };
      const answer = await send({ method: 'PUT', url: address, headers, body: Buffer.alloc(0) });
      if (answer.status >= 400 && !gone.includes(answer.status)) {
        throw explain('Making the state', answer);
      }
    },
    async release(id) {
      const headers = { 'x-ms-lease-id': id, 'x-ms-lease-action': 'release' };
      const answer = await send({ method: 'PUT', url: `${address}?comp=lease`, headers });
      if (gone.includes(answer.status)) return false;
      if (answer.status >= 400) throw explain('Releasing the lock of the state', answer);
      await forget(id, address, head, send);
      return true;
    },
  };
}

async function look(head: (headers?: Ask['headers']) => Promise<Exchange>): Promise<LockSight> {
  const answer = await head();
  const { status, headers } = answer;
  const date = Date.parse(headers['date'] ?? '');
  const seen = { exists: status !== 404, at: Number.isNaN(date) ? undefined : date };
  if (status === 404) return { ...seen, holder: undefined };
  if (status >= 400) throw explain('Looking at the lock of the state', answer);
  if (headers['x-ms-lease-status'] !== 'locked') return { ...seen, holder: undefined };
  const lock = lockIn(headers[META]);
  if (lock === undefined) return { ...seen, holder: 'unknown' };
  // A word that an earlier holder left is none of the lease's: only its id is answered.
  const own = await head({ 'x-ms-lease-id': lock.id });
  return { ...seen, holder: gone.includes(own.status) ? 'unknown' : lock };
}

/**
 * Takes the word of a lock away that was released. In this order nothing is lost by ending in
 * between: a word without a lease locks nobody out, and the next lock writes over it; a lease without
 * a word could be released by nobody. Whoever holds the state by now is not touched: without the id
 * of a lease, a blob under one refuses.
 */
async function forget(
  id: string,
  address: string,
  head: () => Promise<Exchange>,
  send: Send,
): Promise<void> {
  const { status, headers } = await head();
  if (status >= 400 || lockIn(headers[META])?.id !== id) return;
  const others = Object.entries(headers).filter(
    ([name]) => name.startsWith('x-ms-meta-') && name !== META,
  );
  const kept = { ...Object.fromEntries(others), 'if-match': headers['etag'] ?? '*' };
  await send({ method: 'PUT', url: `${address}?comp=metadata`, headers: kept });
}

/** What Terraform writes of its lock: JSON in base64. */
function lockIn(metadata: string | undefined): StateLock | undefined {
  try {
    const info = JSON.parse(Buffer.from(metadata ?? '', 'base64').toString()) as Info;
    const { ID: id, Who: who, Created: created, Operation: operation = '' } = info;
    const isWhole = [id, who, created].every((text) => typeof text === 'string' && text !== '');
    return isWhole && !Number.isNaN(Date.parse(String(created)))
      ? { id: String(id), who: String(who), created: String(created), operation }
      : undefined;
  } catch {
    return undefined;
  }
}

interface Info {
  readonly ID?: string;
  readonly Who?: string;
  readonly Created?: string;
  readonly Operation?: string;
}
