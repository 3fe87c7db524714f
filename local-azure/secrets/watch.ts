import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { LocalAzure } from '../index.ts';
import { artifactsOf, type Artifact } from '../operations/github/artifact-store.ts';
import { trackerOf } from '../operations/github/tracker.ts';
import type { Emitted, Leak } from './search.ts';
import { openSearch } from './search.ts';
import { unzipped } from './unzip.ts';

/** Watches what is let out around a Local Azure. */
export interface Watch {
  /** Adds a secret that Local Azure itself cannot know, such as what a test brings along. */
  tell(values: Iterable<readonly [value: string, kind: string]>): void;
  /** Looks through these, through the journal since the last look, and through comments, issues and artifacts. */
  look(emitted: Iterable<Emitted>): Leak[];
}

/** A watch that knows every secret of a Local Azure; without one, only what it is told. */
export function openWatch(azure?: LocalAzure): Watch {
  const search = openSearch();
  let read = 0;
  return {
    tell: (values) => search.add(values),
    look: (emitted) => {
      if (azure === undefined) return [...emitted].flatMap((one) => search.in(one));
      search.add(azure.secrets.values);
      const entries = azure.journal.entries.slice(read);
      read += entries.length;
      const journal = Buffer.from(entries.map((entry) => JSON.stringify(entry)).join('\n'));
      const all = [...emitted, { name: 'journal', bytes: journal }, ...posts(azure)];
      return all.flatMap((one) => search.in(one));
    },
  };
}

function posts({ world }: LocalAzure): Emitted[] {
  const { issues, comments } = trackerOf(world);
  return [
    ...[...issues.values()].map(({ number, title, body }) => ({
      name: `issue ${number}`,
      bytes: Buffer.from(`${title}\n${body ?? ''}`),
    })),
    ...[...comments.values()].map(({ id, body }) => ({
      name: `comment ${id}`,
      bytes: Buffer.from(body),
    })),
    ...[...artifactsOf(world).values()].flatMap(kept),
  ];
}

/** An artifact as it was uploaded, and the files in it. */
function kept({ id, content }: Artifact): Emitted[] {
  if (content === undefined) return [];
  const files = unzipped(content.bytes).map(({ name, bytes }) => ({
    name: `artifact ${id}: ${name}`,
    bytes,
  }));
  return [{ name: `artifact ${id}`, bytes: content.bytes }, ...files];
}

/** What lies in a folder, file by file; packed files also unpacked. Nothing where there is no folder. */
export async function filesIn(folder: string): Promise<Emitted[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const read = await Promise.all(
    files.map(async (file) => ({ name: relative(folder, file), bytes: await readFile(file) })),
  );
  return read.flatMap((one) => [one, ...unpacked(one)]);
}

function unpacked({ name, bytes }: Emitted): Emitted[] {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return [];
  return [{ name: `${name} (unpacked)`, bytes: gunzipSync(bytes) }];
}

/** Ends a test or a demo that let a secret out, and says where each one stood. */
export function refuseLeaks(leaks: readonly Leak[]): void {
  if (leaks.length === 0) return;
  const told = leaks.slice(0, 20).map(({ kind, form, where }) => `  ${kind} (${form}): ${where}`);
  throw new Error(`A secret was let out:\n${told.join('\n')}`);
}
