/** A state of a job and the moment (milliseconds since the epoch) at which it is over. */
export interface Phase {
  readonly status: JobStatus;
  readonly until: number;
}

/** The states of a job that are met here (JobStatus of Microsoft.MachineLearningServices). */
export type JobStatus =
  | 'NotStarted'
  | 'Preparing'
  | 'Queued'
  | 'Starting'
  | 'Running'
  | 'Finalizing'
  | 'CancelRequested'
  | 'Completed'
  | 'Failed'
  | 'Canceled';

/** Seconds that AML usually takes: preparing, a node from zero, the first pull of an image, the rest. */
const usual: readonly (readonly [JobStatus, number])[] = [
  ['NotStarted', 2],
  ['Preparing', 10],
  ['Queued', 240],
  ['Starting', 180],
];

const finalizing = 15;

/** Whether a job with this status has ended. */
export function hasEnded(status: string): boolean {
  return ['Completed', 'Failed', 'Canceled'].includes(status);
}

/** The phases of a job that begins now and runs for `seconds`. */
export function timeline(now: number, pace: number, seconds: number): readonly Phase[] {
  const phases: Phase[] = [];
  let until = now;
  for (const [status, length] of [
    ...usual,
    ['Running', seconds] as const,
    ['Finalizing', finalizing] as const,
  ]) {
    until += length * 1000 * pace;
    phases.push({ status, until });
  }
  return phases;
}

/** The state at a moment, or undefined where all phases are over. */
export function phaseAt(phases: readonly Phase[], now: number): JobStatus | undefined {
  return phases.find((phase) => now < phase.until)?.status;
}

/** How much of the state Running is over at a moment, from 0 to 1. */
export function progressAt(phases: readonly Phase[], now: number): number {
  const index = phases.findIndex((phase) => phase.status === 'Running');
  const [begin, end] = [phases[index - 1]?.until ?? 0, phases[index]?.until ?? 0];
  if (now < begin) return 0;
  return end <= begin ? 1 : Math.min(1, (now - begin) / (end - begin));
}
