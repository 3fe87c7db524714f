import { Cancelled, messageOf } from '../errors.ts';
import type { Vantage } from '../network/vantage.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Cursor } from './log-cursor.ts';
import { beginning, expectRestart, lastLine, nextPiece, skipTo, take } from './log-cursor.ts';
import type { LogFaults } from './log-faults.ts';
import { logFaults } from './log-faults.ts';
import type { LogScreen } from './log-screen.ts';
import { logScreen } from './log-screen.ts';
import { STD_LOG, pieceOf } from './run-history.ts';

/** The log of a job, shown as it comes. Nothing of it ever makes the training fail. */
export interface JobLog {
  /** Shows what has come since the last time. Throws only where the run was cancelled. */
  catchUp(): Promise<void>;
  /** The job was seen to begin anew. */
  expectRestart(): void;
  /** Shows the rest; the job has ended. */
  finish(): Promise<LogEnd>;
}

/** What is known of a log at its end. */
export interface LogEnd {
  /** Its last lines, fit to be printed. */
  readonly last: readonly string[];
  /** Mean Dice of the test set, as the log says it. */
  readonly dice: string | undefined;
  /** What of the log was not shown, in sentences. */
  readonly gaps: readonly string[];
}

/** Where a log is read from, and with what. `details` is run history's address for the run. */
export interface LogPlace {
  readonly details: string;
  readonly vantage: Vantage;
  readonly tools: Pick<Toolbox, 'clock' | 'log'>;
}

const MOST_BYTES = 262_144;
/** Looks in a row while the job runs; a look takes half a minute and brings some 20 KB of text. */
const LOOKS = 4;
/** Who is further behind than `behind` bytes goes on `near` bytes before the end. */
interface Patience {
  readonly behind: number;
  readonly near: number;
}
const whileItRuns: Patience = { behind: 1_000_000, near: 48_000 };
/** At the end a person waits for it. */
const atTheEnd: Patience = { behind: 150_000, near: 48_000 };
/** After so many looks at the end, only the very end is fetched. */
const LAST_LOOKS = 12;
/** Looks at the end that may fail one after the other, and the pause between them. */
const LAST_TRIES = 3;
const PAUSE_SECONDS = 5;
const inAHurry: Patience = { behind: 8000, near: 4000 };

/** Opens the log of a job that is about to run. */
export function openJobLog(place: LogPlace): JobLog {
  const reading = openReading(place);
  return {
    catchUp: async () => {
      for (let count = 0; count < LOOKS; count += 1) {
        if ((await reading.look(whileItRuns)) !== 'more') return;
      }
    },
    expectRestart: reading.expectRestart,
    finish: async () => {
      let tries = 0;
      for (let count = 1; count < LAST_LOOKS * 2 && tries < LAST_TRIES; count += 1) {
        const found = await reading.look(count < LAST_LOOKS ? atTheEnd : inAHurry);
        if (found === 'all') break;
        tries = found === 'failed' ? tries + 1 : 0;
        if (found === 'failed' && tries < LAST_TRIES) await place.tools.clock.sleep(PAUSE_SECONDS);
      }
      return reading.end();
    },
  };
}

interface Reading {
  /** One look; gives whether there is more to be fetched. */
  look(patience: Patience): Promise<'more' | 'all' | 'failed'>;
  expectRestart(): void;
  end(): Promise<LogEnd>;
}

function openReading(place: LogPlace): Reading {
  const { log } = place.tools;
  const screen = logScreen(place.tools);
  const faults = logFaults(place.tools);
  const gaps: string[] = [];
  let cursor: Cursor = beginning;
  return {
    look: async (patience) => {
      const { from, most } = nextPiece(cursor, MOST_BYTES);
      const piece = await readPiece({ from, most }, place, faults);
      if (piece === undefined) return 'failed';
      const taken = take(cursor, { from, ...piece });
      cursor = taken.cursor;
      await screen.show(taken.lines);
      if (taken.restarted) announceRestart(screen, log);
      const behind = piece.size - cursor.at;
      if (!cursor.doubt && behind > patience.behind) {
        const skipped = skipTo(cursor, piece.size - patience.near);
        cursor = skipped.cursor;
        await screen.show(skipped.lines);
        gaps.push(announceGap(behind - patience.near, log));
      }
      return cursor.doubt || behind > 0 ? 'more' : 'all';
    },
    expectRestart: () => {
      cursor = expectRestart(cursor);
    },
    end: async () => {
      await screen.show(lastLine(cursor));
      const { last, dice } = screen;
      return { last, dice, gaps: [...gaps, ...faults.gaps()] };
    },
  };
}

function announceRestart(screen: LogScreen, log: Toolbox['log']): void {
  log.info('The job has begun a new log.');
  screen.restart();
}

function announceGap(bytes: number, log: Toolbox['log']): string {
  const said = `${bytes.toLocaleString('en-GB')} bytes of the job's log were left out; the whole of it is in the studio, file ${STD_LOG}.`;
  log.info(said);
  return said;
}

async function readPiece(
  slice: { readonly from: number; readonly most: number },
  { details, vantage }: LogPlace,
  faults: LogFaults,
): Promise<{ readonly bytes: Buffer; readonly size: number } | undefined> {
  try {
    const piece = await pieceOf({ name: 'log', url: details, linked: STD_LOG, slice }, vantage);
    faults.worked();
    return piece;
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    faults.failed(messageOf(error));
    return undefined;
  }
}
