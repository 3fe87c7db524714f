import type { JournalEntry } from '../../../local-azure/journal.ts';
import type { LocalAzure } from '../../../local-azure/index.ts';

/** The parts of a deploy of the network, in their order, as its requests tell them apart. */
export const phases = ['start', 'login', 'init', 'plan', 'apply', 'outputs'] as const;
export type Phase = (typeof phases)[number];

/** An instant of a run: so long after so many requests of a phase, or at the end of the phase if that comes first. */
export interface Moment {
  readonly phase: Phase;
  /** Requests of the phase that have been executed; nobody has had the answer to the last of them yet. */
  readonly requests: number;
  readonly milliseconds: number;
}

/** Follows one run by its requests, from nothing on. */
export function openPhases(): (entry: Pick<JournalEntry, 'method' | 'host' | 'path'>) => Phase {
  let phase: Phase = 'start';
  return ({ method, host, path }) => {
    if (phase === 'start') phase = 'login';
    if (phase === 'login' && path.startsWith('/tfstate/demo.terraform.lock.hcl')) phase = 'init';
    const recordsRun = path.startsWith('/tfstate/runs/');
    if (phase === 'init' && recordsRun && method === 'PUT') phase = 'plan';
    const isWrite = ['PUT', 'PATCH', 'DELETE'].includes(method);
    if (phase === 'plan' && host === 'management.azure.com' && isWrite) phase = 'apply';
    else if (phase === 'apply' && recordsRun && method === 'DELETE') phase = 'outputs';
    return phase;
  };
}

/** Calls `strike` once, when the moment of the run that begins now has come; gives a way to call it off. */
export function atMoment(
  { journal }: LocalAzure,
  moment: Moment,
  strike: () => void,
): { end(): void } {
  const { note } = journal;
  const phaseOf = openPhases();
  let seen = 0;
  let timer: NodeJS.Timeout | undefined;
  const due = (): void => {
    timer ??= setTimeout(strike, moment.milliseconds);
  };
  const dueNow = (): void => {
    if (moment.milliseconds > 0) return due();
    if (timer === undefined) strike();
    timer = setTimeout(() => undefined, 0);
  };
  if (moment.phase === 'start') due();
  journal.note = (entry, known) => {
    note.call(journal, entry, known);
    const now = phases.indexOf(phaseOf(entry));
    const wanted = phases.indexOf(moment.phase);
    if (now === wanted) seen += 1;
    if (now > wanted || (now === wanted && seen >= moment.requests)) dueNow();
  };
  return {
    end: () => {
      clearTimeout(timer);
      journal.note = note;
    },
  };
}
