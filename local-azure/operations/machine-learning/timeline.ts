/** A stretch of a job's life, as planned before it begins. */
export interface Step {
  readonly status: JobStatus;
  /** As Azure would take; the world's pace scales it. Infinity: it never ends by itself. */
  readonly seconds: number;
  /** How much of the work is done at its end, from 0 to 1; as much as before where left out. */
  readonly to?: number;
  /** How much is done at its beginning, where that is not what was done before. */
  readonly from?: number;
}

/** A stretch of a job's life, in time. */
export interface Phase {
  readonly status: JobStatus;
  /** The moments (milliseconds since the epoch) at which it begins and is over. */
  readonly since: number;
  readonly until: number;
  /** How much of the work is done then. */
  readonly from: number;
  readonly to: number;
}

/** The states of a job that are met here (JobStatus of Microsoft.MachineLearningServices). */
export type JobStatus =
  | 'NotStarted'
  | 'Preparing'
  | 'Queued'
  | 'Starting'
  | 'Running'
  | 'NotResponding'
  | 'Finalizing'
  | 'CancelRequested'
  | 'Completed'
  | 'Failed'
  | 'Canceled';

/** How AML usually begins: preparing, a node from zero, the first pull of an image. */
export const beginning: readonly Step[] = [
  { status: 'NotStarted', seconds: 2 },
  { status: 'Preparing', seconds: 10 },
  { status: 'Queued', seconds: 240 },
  { status: 'Starting', seconds: 180 },
];

/** How it usually ends. */
export const finalizing: Step = { status: 'Finalizing', seconds: 15 };

/** Seconds until a cancel has taken effect. */
export const cancelSeconds = 5;

/** Whether a job with this status has ended. */
export function hasEnded(status: string): boolean {
  return ['Completed', 'Failed', 'Canceled'].includes(status);
}

/** These steps from now on, at a pace. */
export function timeline(now: number, pace: number, steps: readonly Step[]): readonly Phase[] {
  let [since, done] = [now, 0];
  return steps.map(({ status, seconds, from = done, to = from }) => {
    // At pace 0 nothing lasts, except what is meant to last for ever.
    const until = since + (Number.isFinite(seconds) ? seconds * 1000 * pace : Infinity);
    const phase = { status, since, until, from, to };
    [since, done] = [until, to];
    return phase;
  });
}

/** The phase at a moment, or undefined where all are over. */
export function phaseAt(phases: readonly Phase[], now: number): Phase | undefined {
  return phases.find((phase) => now < phase.until);
}

/** How much of the work is done at a moment, from 0 to 1. */
export function progressAt(phases: readonly Phase[], now: number): number {
  const phase = phaseAt(phases, now);
  if (phase === undefined) return phases.at(-1)?.to ?? 0;
  const { since, until, from, to } = phase;
  if (!Number.isFinite(until) || until <= since) return from;
  return from + (to - from) * Math.max(0, (now - since) / (until - since));
}
