/**
 * A process of its own for Azurite's blob service, in memory. Started by `process.ts` with the
 * certificate's file and the key's file as arguments; told about accounts by messages; ends when
 * its parent does.
 */
import { createRequire } from 'node:module';
import type { FromParent, ToParent } from './messages.ts';

/** The parts of Azurite's blob server that are used; they have no public types. */
interface AzuriteServer {
  start(): Promise<void>;
  getHttpServerAddress(): string;
  readonly accountDataStore: { refresh(): void };
  readonly metadataStore: AzuriteMetadata;
}

interface AzuriteMetadata {
  readonly db: { getCollection(name: string): AzuriteCollection | null };
}

interface AzuriteCollection {
  removeWhere(query: Readonly<Record<string, string>>): void;
}

const ACCOUNTS = 'AZURITE_ACCOUNTS';
const COLLECTIONS = ['$CONTAINERS_COLLECTION$', '$BLOBS_COLLECTION$', '$BLOCKS_COLLECTION$'];

// The parent's channel closes when the parent ends, however it ends.
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);

const [certificateFile = '', keyFile = ''] = process.argv.slice(2);
// Without any account Azurite would serve its well-known one.
process.env[ACCOUNTS] = `none:${Buffer.alloc(32).toString('base64')}`;

const server = createServer(certificateFile, keyFile);
await server.start();
process.on('message', (message: FromParent) => tell(obey(server, message)));
tell({ kind: 'listening', url: server.getHttpServerAddress() });

function createServer(certificate: string, key: string): AzuriteServer {
  const load = createRequire(import.meta.url);
  const { default: Configuration } = load('azurite/dist/src/blob/BlobConfiguration.js') as {
    default: new (...settings: readonly unknown[]) => unknown;
  };
  const { default: Server } = load('azurite/dist/src/blob/BlobServer.js') as {
    default: new (configuration: unknown) => AzuriteServer;
  };
  return new Server(new Configuration(...settingsOf(certificate, key)));
}

/** BlobConfiguration takes its settings by position; undefined leaves a default. */
function settingsOf(certificate: string, key: string): unknown[] {
  const [host, port, keepAliveSeconds] = ['127.0.0.1', 0, 0];
  const [metadataFile, extentFile, folders] = [undefined, undefined, undefined];
  const [accessLog, accessLogStream, debugLog, debugLogFile] = [false, undefined, false, undefined];
  const [loose, skipApiVersionCheck, password, oauth] = [true, true, '', 'basic'];
  const [pathStyleOnly, inMemory] = [false, true];
  const server = [host, port, keepAliveSeconds, metadataFile, extentFile, folders];
  const logs = [accessLog, accessLogStream, debugLog, debugLogFile];
  const rules = [loose, skipApiVersionCheck, certificate, key, password, oauth];
  return [...server, ...logs, ...rules, pathStyleOnly, inMemory];
}

function obey(server: AzuriteServer, message: FromParent): ToParent {
  if (message.kind === 'accounts') {
    process.env[ACCOUNTS] = message.accounts
      .map(({ name, keys }) => [name, ...keys].join(':'))
      .join(';');
    server.accountDataStore.refresh();
  } else {
    for (const name of COLLECTIONS) {
      server.metadataStore.db.getCollection(name)?.removeWhere({ accountName: message.account });
    }
  }
  return { kind: 'done', number: message.number };
}

function tell(message: ToParent): void {
  process.send?.(message);
}
