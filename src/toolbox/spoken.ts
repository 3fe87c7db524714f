import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as wait } from 'node:timers/promises';

/** How the file of a child's standard output is called, where it speaks into files. */
export const spokenFile = /^spoken-[0-9a-f]+-(stdout|stderr)\.txt$/;

/** The two files that a child speaks into. */
export interface Spoken {
  readonly stdout: SpokenFile;
  readonly stderr: SpokenFile;
  /** Closes them and takes them away. */
  remove(): Promise<void>;
}

export interface SpokenFile {
  /** For the child to write to. */
  readonly fd: number;
  /** Gives every line as it comes, until `ended` and all is read. */
  follow(ended: Promise<unknown>, each: (line: string) => void): Promise<void>;
}

/** Files of a child in this folder, readable by this user alone. */
export async function openSpoken(folder: string): Promise<Spoken> {
  const name = `spoken-${randomBytes(4).toString('hex')}`;
  const paths = ['stdout', 'stderr'].map((stream) => join(folder, `${name}-${stream}.txt`));
  const handles: FileHandle[] = [];
  for (const path of paths) handles.push(await open(path, 'ax+', 0o600));
  const [stdout, stderr] = handles.map(fileOf);
  if (stdout === undefined || stderr === undefined) throw new Error('a file was not opened');
  return {
    stdout,
    stderr,
    remove: async () => {
      for (const handle of handles) await handle.close();
      for (const path of paths) await rm(path, { force: true });
    },
  };
}

/** A line is shown this late at most, in milliseconds. */
const LATENESS = 50;
const CHUNK = 64 * 1024;

function fileOf(handle: FileHandle): SpokenFile {
  return {
    fd: handle.fd,
    follow: async (ended, each) => {
      const over = ended.then(() => true);
      const read = reader(handle, each);
      do await read.all();
      while (!(await Promise.race([over, wait(LATENESS, false)])));
      await read.all();
      read.end();
    },
  };
}

interface Reader {
  all(): Promise<void>;
  /** Gives what stands behind the last end of line. */
  end(): void;
}

function reader(handle: FileHandle, each: (line: string) => void): Reader {
  const decoder = new StringDecoder('utf8');
  const buffer = Buffer.alloc(CHUNK);
  let position = 0;
  let rest = '';
  const take = (text: string): void => {
    const parts = `${rest}${text}`.split(/\r?\n/);
    rest = parts.pop() ?? '';
    parts.forEach(each);
  };
  return {
    all: async () => {
      for (;;) {
        const { bytesRead } = await handle.read(buffer, 0, CHUNK, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        take(decoder.write(buffer.subarray(0, bytesRead)));
      }
    },
    end: () => {
      take(decoder.end());
      if (rest !== '') each(rest);
    },
  };
}
