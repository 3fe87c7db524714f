import { Cancelled } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';

/** What is so now, and what to do next, for each command that was cancelled. */
type LastWords = readonly [now: string, next: string];

const untouched: LastWords = [
  'Nothing of the environment was changed.',
  'run the same command again when it suits.',
];

const onlyRead: LastWords = ['It only reads: nothing was changed.', 'run it again when it suits.'];

const begun: Readonly<Record<Settings['command'], LastWords>> = {
  preflight: onlyRead,
  plan: onlyRead,
  drift: onlyRead,
  deploy: [
    'What Azure has begun it goes on with by itself; the portal shows it in the resource group, under Deployments.',
    'run the same command again: it follows what is still under way, and does what is missing.',
  ],
  verify: ['Nothing is proved by it.', 'run verify again.'],
  train: ['No job had begun.', 'run train again.'],
  smoke: ['The service was not tested to the end.', 'run smoke again.'],
  destroy: [
    'What is deleted stays deleted. The rest is still there, and still costs.',
    'run destroy again: it goes on with what is left.',
  ],
};

/** Stages after which nothing of the environment has been changed yet. */
const beforeChanges = [undefined, 'plan', 'package'];

/** What a cancelled run says last: what was under way, what is so now, and what to do next. */
export function lastWords(
  error: Cancelled,
  { command, environment }: Pick<Settings, 'command' | 'environment'>,
): Cancelled {
  if (error.isWhole) return error;
  const writes = command === 'deploy' || command === 'destroy';
  const isEarly = writes && beforeChanges.includes(error.during);
  const [now, next] = isEarly ? untouched : begun[command];
  const where = error.during === undefined ? '' : `, during: ${error.during}`;
  return new Cancelled(`Cancelled: ${command} of "${environment}"${where}. ${now}\nNext: ${next}`, {
    cause: error,
  });
}
