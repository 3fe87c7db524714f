import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority } from '../../../local-azure/entrance/authority.ts';
import { createHandler } from '../../../local-azure/entrance/exchange.ts';
import { serves } from '../../../local-azure/entrance/proxy.ts';
import { createServing } from '../../../local-azure/entrance/serving.ts';
import { createFaults } from '../../../local-azure/faults.ts';
import { startInsideProxy } from '../../../local-azure/inside/proxy.ts';
import { openJournal, type Journal } from '../../../local-azure/journal.ts';
import type { Operation } from '../../../local-azure/operation.ts';
import { createRouter } from '../../../local-azure/router.ts';
import type { World } from '../../../local-azure/world.ts';

/** The real entrance with these operations alone, behind the real inside proxy. */
export interface Inside {
  readonly port: number;
  readonly authorityFile: string;
  readonly journal: Journal;
  close(): Promise<void>;
}

/** Starts the way out of a world's network, with `operations` as all there is to reach. */
export async function openInside(world: World, operations: readonly Operation[]): Promise<Inside> {
  const router = createRouter(operations);
  const authority = createAuthority();
  const authorityFile = join(world.folder, 'authority.pem');
  await writeFile(authorityFile, authority.certificate);
  const journal = openJournal(join(world.folder, 'journal.ndjson'));
  const handler = createHandler({ router, world, journal, faults: createFaults() });
  const serving = createServing(authority, handler);
  const proxy = await startInsideProxy(world, {
    services: { serves: (host) => serves(router, world, host), accept: serving.accept },
    authorityFile,
  });
  const close = async (): Promise<void> => {
    await proxy.close();
    serving.close();
    await journal.close();
  };
  return { port: proxy.port, authorityFile, journal, close };
}
