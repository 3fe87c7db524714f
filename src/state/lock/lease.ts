import type { Send } from '../../azure/exchange.ts';
import { explain } from '../../azure/explain.ts';

/** Terraform's lock on a state, as the azurerm backend keeps it on the state's blob. */
export interface StateLock {
  /** Also the id of the blob's lease (hashicorp/terraform, internal/backend/remote-state/azure/client.go). */
  readonly id: string;
  /** Such as OperationTypeApply. */
  readonly operation: string;
  /** The user and the machine: `runner@fv-az1-2`. */
  readonly who: string;
  /** When it was taken, ISO 8601. */
  readonly created: string;
}

/** The lock on one state. */
export interface StateLease {
  /** Who holds it; undefined where nobody does, `unknown` where whoever does has left no word. */
  read(): Promise<StateLock | 'unknown' | undefined>;
  /** Gives up exactly this lock, by its own lease id: if another holds the state by now, nothing happens. */
  release(lock: StateLock): Promise<boolean>;
}

const META = 'x-ms-meta-terraformlockid';

/** The lock on the state at this address, by the Blob service's REST interface. */
export function openLease(address: string, send: Send): StateLease {
  return {
    async read() {
      const answer = await send({ method: 'HEAD', url: address });
      if (answer.status === 404) return undefined;
      if (answer.status >= 400) throw explain('Looking at the lock of the state', answer);
      if (answer.headers['x-ms-lease-state'] !== 'leased') return undefined;
      return lockIn(answer.headers[META]) ?? 'unknown';
    },
    async release({ id }) {
      const headers = { 'x-ms-lease-id': id };
      const cleared = await send({ method: 'PUT', url: `${address}?comp=metadata`, headers });
      if ([404, 409, 412].includes(cleared.status)) return false;
      if (cleared.status >= 400) throw explain('Releasing the lock of the state', cleared);
      const action = { ...headers, 'x-ms-lease-action': 'release' };
      const answer = await send({ method: 'PUT', url: `${address}?comp=lease`, headers: action });
      if (answer.status >= 400 && ![404, 409].includes(answer.status)) {
        throw explain('Releasing the lock of the state', answer);
      }
      return answer.status < 400;
    },
  };
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
