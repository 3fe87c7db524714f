import { duration } from './duration.ts';

/** How a followed job came to its end: by itself, or given up (and then cancelled). */
export type Ending = 'completed' | 'failed' | 'canceled' | GivenUp;
export type GivenUp = 'unstarted' | 'preempted' | 'silent' | 'late';

/** What a job is doing, of all its statuses. */
type Phase = 'waiting' | 'running' | 'closing' | 'silent';

/** The course of a job as far as it was seen. A value; times are milliseconds since the epoch. */
export interface Course {
  readonly status: string;
  readonly phase: Phase;
  /** Since when it has had this status, and since when it has been in this phase. */
  readonly statusSince: number;
  readonly phaseSince: number;
  readonly begun: number;
  /** When its status was last put into the log. */
  readonly told: number;
  /** How long it ran before this phase. */
  readonly ranSeconds: number;
  /** Whether it has run since it last began to wait. */
  readonly hasRun: boolean;
  /** How often its node was taken away, so that it waits again. */
  readonly preemptions: number;
}

/** What one look at a job's status says. */
export interface Seen {
  readonly course: Course;
  readonly lines: readonly string[];
  readonly ending: Ending | undefined;
  /** The job was put back into the queue: it begins anew, and its log too. */
  readonly isRestart: boolean;
}

/** Limits for one job. */
export interface Limits {
  /** How long it may run; AML itself ends it then. */
  readonly runSeconds: number;
  /** How long it may wait for a node at a stretch. */
  readonly waitSeconds: number;
}

/** A node from zero takes minutes, and the first pull of some five gigabytes some more. */
export const WAIT_SECONDS = 3600;
/** Where other jobs keep the cluster busy, waiting is no sign of trouble. */
export const BUSY_WAIT_SECONDS = 6 * 3600;
/** After the job's own limit, by which AML should have ended it. */
const GRACE_SECONDS = 900;
/** For the upload of its outputs, or for a cancel to take effect. */
const CLOSING_SECONDS = 1800;
/** A node may answer again after a while; then the job goes on. */
export const SILENCE_SECONDS = 900;
export const MOST_PREEMPTIONS = 3;
/** A status that lasts is said again after so long. */
const REMINDER_SECONDS = 600;

/** The course of a job that was just submitted or found. */
export function beginning(now: number): Course {
  return {
    ...{ status: '', phase: 'waiting', statusSince: now, phaseSince: now, begun: now, told: now },
    ...{ ranSeconds: 0, hasRun: false, preemptions: 0 },
  };
}

/** Takes a status in (JobStatus of Microsoft.MachineLearningServices). `Unknown`, and none, say nothing new. */
export function seen(before: Course, status: string, now: number, limits: Limits): Seen {
  const course = status === 'Unknown' ? before : moved(before, status, now);
  const isNews = course.status !== before.status;
  const isReminder = !isNews && (now - before.told) / 1000 >= REMINDER_SECONDS;
  const isRestart = course.preemptions > before.preemptions;
  const lines = [
    ...(isNews ? [`Job: ${course.status}, ${duration((now - course.begun) / 1000)}.`] : []),
    ...(isReminder
      ? [`Job: still ${course.status}, ${duration((now - course.begun) / 1000)}.`]
      : []),
    ...(isRestart
      ? [
          `The job was put back into the queue, as when its node is taken away (${course.preemptions} of at most ${MOST_PREEMPTIONS} times). It begins anew.`,
        ]
      : []),
  ];
  return {
    course: lines.length > 0 ? { ...course, told: now } : course,
    ...{ lines, isRestart, ending: endingOf(course, now, limits) },
  };
}

function moved(before: Course, status: string, now: number): Course {
  if (status === before.status) return before;
  const phase = phaseOf(status);
  const named = { ...before, status, statusSince: now };
  if (phase === before.phase) return named;
  const ran = before.phase === 'running' ? (now - before.phaseSince) / 1000 : 0;
  const isRestart = phase === 'waiting' && before.hasRun;
  return {
    ...named,
    ...{ phase, phaseSince: now, ranSeconds: before.ranSeconds + ran },
    hasRun: phase === 'waiting' ? false : before.hasRun || phase === 'running',
    preemptions: before.preemptions + (isRestart ? 1 : 0),
  };
}

function phaseOf(status: string): Phase {
  switch (status) {
    case 'Running':
      return 'running';
    case 'Finalizing':
    case 'CancelRequested':
    case 'Completed':
    case 'Failed':
    case 'Canceled':
      return 'closing';
    case 'NotResponding':
      return 'silent';
    default:
      return 'waiting';
  }
}

function endingOf(course: Course, now: number, limits: Limits): Ending | undefined {
  const lasts = (now - course.phaseSince) / 1000;
  const over = ({ Completed: 'completed', Failed: 'failed', Canceled: 'canceled' } as const)[
    course.status
  ];
  if (over !== undefined) return over;
  if (course.preemptions > MOST_PREEMPTIONS) return 'preempted';
  switch (course.phase) {
    case 'waiting':
      return lasts >= limits.waitSeconds ? 'unstarted' : undefined;
    case 'running':
      return course.ranSeconds + lasts >= limits.runSeconds + GRACE_SECONDS ? 'late' : undefined;
    case 'closing':
      return lasts >= CLOSING_SECONDS ? 'late' : undefined;
    case 'silent':
      return lasts >= SILENCE_SECONDS ? 'silent' : undefined;
  }
}

/** Seconds that the job has run, all its beginnings together. */
export function runningSeconds(course: Course, now: number): number {
  const lasts = course.phase === 'running' ? (now - course.phaseSince) / 1000 : 0;
  return course.ranSeconds + lasts;
}
