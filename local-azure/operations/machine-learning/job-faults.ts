import type { World } from '../../world.ts';
import { keptIn } from '../../world.ts';
import { beginning, cancelSeconds, finalizing, type Step } from './timeline.ts';

/** What goes wrong with a job. `after` is the part of its work, from 0 to 1, that is done by then. */
export type JobFault =
  /** Its program fails; `line` is what the log ends with, where that is not the message. */
  | {
      readonly kind: 'fail';
      readonly after: number;
      readonly message: string;
      readonly line?: string;
    }
  /** Somebody cancels it. */
  | { readonly kind: 'cancel'; readonly after: number }
  /** Its node does not answer any more: for so many seconds, or for ever. */
  | { readonly kind: 'silent'; readonly after: number; readonly seconds?: number }
  /** It gets no node: for so many seconds, or for ever, and the cluster has these errors meanwhile. */
  | {
      readonly kind: 'queue';
      readonly seconds?: number;
      readonly errors?: readonly AllocationError[];
    }
  /** Its node is taken away; it waits for another one and begins anew, its log too. */
  | { readonly kind: 'preempt'; readonly after: number }
  /** Addresses of its log end after so many seconds of the world's clock. */
  | { readonly kind: 'log-expires'; readonly seconds: number }
  /** Its log grows by so many bytes at a time, wherever they end. */
  | { readonly kind: 'log-in-pieces'; readonly bytes: number };

/** An error of a cluster that gets no node, as its properties show it. */
export interface AllocationError {
  readonly code: string;
  readonly message: string;
}

/** Which jobs a fault strikes: those whose name fits, or only the nth of them (from 1). */
export interface JobFaultRule {
  readonly job?: RegExp;
  readonly nth?: number;
  readonly fault: JobFault;
}

interface Counted {
  readonly rule: JobFaultRule;
  seen: number;
}

function counted(world: World): Counted[] {
  return keptIn<Counted[]>(world, 'jobFaults', () => []);
}

/** Adds rules; they strike jobs that are submitted from now on, and only those that are played. */
export function faultJobs(world: World, ...rules: readonly JobFaultRule[]): void {
  counted(world).push(...rules.map((rule) => ({ rule, seen: 0 })));
}

/** Counts a job that is being submitted and gives the faults that strike it. */
export function faultsOf(world: World, name: string): readonly JobFault[] {
  return counted(world)
    .filter(({ rule }) => rule.job?.test(name) ?? true)
    .filter((entry) => {
      entry.seen += 1;
      return entry.rule.nth === undefined || entry.rule.nth === entry.seen;
    })
    .map(({ rule }) => rule.fault);
}

/** How a job goes: its steps, and how it ends. */
export interface Course {
  readonly steps: readonly Step[];
  readonly end: 'Completed' | 'Failed' | 'Canceled';
}

/** The course of a job that works for so many seconds, under the faults that strike it. */
export function courseOf(seconds: number, faults: readonly JobFault[]): Course {
  const usual: Course = {
    steps: [...beginning, { status: 'Running', seconds, to: 1 }, finalizing],
    end: 'Completed',
  };
  return faults.reduce((course, fault) => under(fault, course, seconds), usual);
}

function under(fault: JobFault, course: Course, seconds: number): Course {
  const { steps } = course;
  const queued = steps.findIndex(({ status }) => status === 'Queued');
  const running = steps.findLastIndex(({ status }) => status === 'Running');
  const before = steps.slice(0, running);
  const part = (after: number): Step => ({
    status: 'Running',
    seconds: seconds * after,
    to: after,
  });
  const rest = (done: number): Step => ({
    status: 'Running',
    seconds: seconds * (1 - done),
    to: 1,
  });
  switch (fault.kind) {
    case 'fail':
      return { steps: [...before, part(fault.after), finalizing], end: 'Failed' };
    case 'cancel': {
      const asked: Step = { status: 'CancelRequested', seconds: cancelSeconds };
      return { steps: [...before, part(fault.after), asked], end: 'Canceled' };
    }
    case 'silent': {
      const silence: Step = { status: 'NotResponding', seconds: fault.seconds ?? Infinity };
      const steps = [...before, part(fault.after), silence, rest(fault.after), finalizing];
      return { ...course, steps };
    }
    case 'queue':
      return {
        ...course,
        steps: steps.with(queued, { status: 'Queued', seconds: fault.seconds ?? Infinity }),
      };
    case 'preempt': {
      const again: Step = { status: 'Running', seconds, from: 0, to: 1 };
      const another = beginning.slice(2);
      return { ...course, steps: [...before, part(fault.after), ...another, again, finalizing] };
    }
    default:
      return course;
  }
}
