import { visible } from '../report/markdown.ts';

/** Longest line of a job's log that is shown. */
const LONGEST_LINE = 500;

/**
 * A line of a job's log as it may be printed: it cannot be taken for a command of the runner, nor
 * colour, turn or hide anything. Of a progress bar, which writes over itself, the last state stays.
 */
export function printable(line: string): string {
  const states = line.split('\r').filter((state) => state.trim() !== '');
  // The runner looks for the older form of its commands anywhere in a line (actions/runner, ActionCommand.cs).
  return `| ${visible(states.at(-1) ?? '', LONGEST_LINE).replaceAll('##[', '## [')}`;
}

/** Finds the test Dice in a log: `Mean Dice: …`, which InnerEye writes for each set that it evaluates. */
export interface DiceReader {
  read(line: string): void;
  /** That of the test set; undefined where the log did not say it. */
  readonly dice: string | undefined;
}

/** Lines of InnerEye-DeepLearning 69a64d1, `model_testing.py`: which set is evaluated, and then its mean. */
export function diceReader(): DiceReader {
  let set = 'Test';
  let dice: string | undefined;
  return {
    get dice() {
      return dice;
    },
    read: (line) => {
      set = /Starting evaluation of model .* on (Train|Val|Test) set/.exec(line)?.[1] ?? set;
      const found = /\bMean Dice: (\d(?:\.\d{1,12})?)\b/.exec(line)?.[1];
      if (found !== undefined && set === 'Test') dice = found;
    },
  };
}
