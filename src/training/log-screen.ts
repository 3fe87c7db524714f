import type { Toolbox } from '../toolbox/index.ts';
import { diceReader, printable } from './log-lines.ts';

/** Where the lines of a job's log are shown. */
export interface LogScreen {
  show(lines: readonly string[]): Promise<void>;
  /** Lines of another log follow: they are counted anew. */
  restart(): void;
  /** The last lines that were shown, fit to be printed. */
  readonly last: readonly string[];
  /** Mean Dice of the test set, as the lines said it. */
  readonly dice: string | undefined;
}

const LAST_LINES = 20;

/** Shows lines in groups of the step's own log, without their force. */
export function logScreen({ log }: Pick<Toolbox, 'log'>): LogScreen {
  const reader = diceReader();
  let shown = 0;
  let last: string[] = [];
  return {
    get last() {
      return last;
    },
    get dice() {
      return reader.dice;
    },
    restart: () => {
      shown = 0;
    },
    show: async (lines) => {
      if (lines.length === 0) return;
      lines.forEach((line) => reader.read(line));
      const texts = lines.map(printable);
      last = [...last, ...texts.filter((text) => text.trim() !== '|')].slice(-LAST_LINES);
      const title = `The job's log, lines ${shown + 1} to ${shown + lines.length}`;
      shown += lines.length;
      await log.group(title, async () => texts.forEach((text) => log.info(text)));
    },
  };
}
