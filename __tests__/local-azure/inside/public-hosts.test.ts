import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startProgram } from '../../../local-azure/inside/process.ts';
import { operations } from '../../../local-azure/operations/index.ts';
import type { World } from '../../../local-azure/world.ts';
import { deployAllowList, rows } from './allow-list.ts';
import { closedNetwork, group, machine, put } from './closed-network.ts';
import { openInside, type Inside } from './services.ts';

let world: World;
let remove: () => Promise<void>;
let inside: Inside;
beforeAll(async () => {
  ({ world, remove } = await closedNetwork());
  put(world, `${group}/providers/Microsoft.Storage/storageAccounts/state1`);
  const mirror = { kind: 'host', protocols: [], ports: [], from: ['probe'] } as const;
  const added = { ...mirror, name: 'mirror', destinations: ['packages.institute.example'] };
  deployAllowList(world, [...rows, added]);
  inside = await openInside(world, operations);
});
afterAll(async () => {
  await inside.close();
  await remove();
});

/** What curl on the probe gets from a host: the status of the answer, 0 where none came. */
async function look(host: string): Promise<number> {
  let said = '';
  const program = await startProgram(world, {
    source: { kind: 'machine', id: machine },
    command: 'curl',
    args: ['-q', '-sS', '-o', '/dev/null', '-w', '%{http_code}', `https://${host}/`],
    folder: world.folder,
    variables: {},
    onOutput: (stream, bytes) => void (said += stream === 'stdout' ? bytes.toString() : ''),
  });
  await program.ended;
  return Number(said);
}

const hosts = rows.filter(({ kind }) => kind === 'host').flatMap((row) => row.destinations);

describe('public hosts, looked at from the probe', () => {
  it.each([...hosts, 'packages.institute.example'])('%s answers', async (host) => {
    const status = await look(host);
    expect(status).toBeGreaterThanOrEqual(200);
    expect(status).not.toBe(501);
  });

  it.each([
    'example.com',
    'device.login.microsoftonline.com',
    'azureopendatastorage.blob.core.windows.net',
  ])('%s answers only where a hole lets it', async (host) => {
    expect(await look(host)).toBe(0);
    const hole = { ...rows[0], name: 'hole', kind: 'tag', destinations: ['*'], from: ['probe'] };
    deployAllowList(world, [...rows, hole as (typeof rows)[number]]);
    expect(await look(host)).toBe(200);
    deployAllowList(world);
  });

  it('are known to Local Azure, each of them', () => {
    expect(inside.journal.unknown).toEqual([]);
  });
});
