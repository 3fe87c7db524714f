import { createWriteStream, type WriteStream } from 'node:fs';

/** One request, as it was answered. */
export interface JournalEntry {
  /** When it came, ISO 8601. */
  readonly time: string;
  readonly door: 'outside' | 'inside';
  /** What was going on then, as the caller of `stage` named it. */
  readonly stage: string;
  readonly method: string;
  readonly host: string;
  /** Path and query; signatures in the query are starred out. */
  readonly path: string;
  /** 0 where the connection was cut without an answer. */
  readonly status: number;
  readonly milliseconds: number;
  /** The host and route that answered, or why nothing did. */
  readonly route: string;
}

/** Every request that passed a door, in memory and as one JSON object a line in a file. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  /** Requests that nothing here simulates: unknown routes and hosts that nobody serves. */
  readonly unknown: readonly JournalEntry[];
  readonly file: string;
  /** The label that the following entries carry. */
  stage: string;
  note(entry: Omit<JournalEntry, 'stage'>, known: boolean): void;
  close(): Promise<void>;
}

/** Opens the journal; the file is made anew. */
export function openJournal(file: string): Journal {
  const stream = createWriteStream(file, { mode: 0o600 });
  // A journal that cannot be written (folder gone, disk full) must not take Local Azure with it.
  stream.on('error', () => undefined);
  const entries: JournalEntry[] = [];
  const unknown: JournalEntry[] = [];
  const journal: Journal = {
    entries,
    unknown,
    file,
    stage: '',
    note(entry, known): void {
      const whole = { ...entry, stage: journal.stage, path: withoutSignature(entry.path) };
      entries.push(whole);
      if (!known) unknown.push(whole);
      stream.write(`${JSON.stringify(whole)}\n`);
    },
    close: () => end(stream),
  };
  return journal;
}

function end(stream: WriteStream): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('close', resolve);
    stream.end();
  });
}

function withoutSignature(path: string): string {
  return path.replaceAll(/([?&]sig=)[^&]*/gi, '$1***');
}
