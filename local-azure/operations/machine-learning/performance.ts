import type { StoredResource, World } from '../../world.ts';
import { keptIn } from '../../world.ts';

/** How a job goes: played from a recording, or really run on this machine. */
export interface Performance {
  /** Brings the job's status and tags to what they are at this moment. */
  advance(): void;
  /** Asks the job to end. */
  cancel(): void;
  /** What it has written so far. */
  log(): Buffer;
  /** Why it failed, or undefined while nothing has. */
  failure(): string | undefined;
  /** A file that it has left by now, or undefined. */
  file(path: string): Promise<Buffer | undefined>;
  /** The paths of all files that it has left by now. */
  paths(): Promise<readonly string[]>;
  /** Seconds for which an address of its log can be read. */
  readonly addressSeconds: number;
}

function performances(world: World): Map<string, Performance> {
  return keptIn(world, 'jobPerformances', () => new Map<string, Performance>());
}

/** Remembers how a job goes. */
export function perform(world: World, job: StoredResource, performance: Performance): void {
  performances(world).set(job.id.toLowerCase(), performance);
}

/** How a job goes; undefined for a run that has no job behind it. */
export function performanceOf(world: World, job: StoredResource): Performance | undefined {
  return performances(world).get(job.id.toLowerCase());
}

/** Brings a job to the state it has now. */
export function advance(world: World, job: StoredResource): void {
  performanceOf(world, job)?.advance();
}

/** What a job has written so far. */
export function logOf(world: World, job: StoredResource): Buffer {
  return performanceOf(world, job)?.log() ?? Buffer.alloc(0);
}

/** Why a job failed, or undefined. */
export function failureOf(world: World, job: StoredResource): string | undefined {
  if (job.properties['status'] !== 'Failed') return undefined;
  return performanceOf(world, job)?.failure();
}

/** The names of what was played so far, for whoever wants to count them. */
export function playedNames(world: World): string[] {
  return keptIn<string[]>(world, 'played', () => []);
}

/** Notes that something was played instead of done. */
export function notePlayed(world: World, name: string): void {
  playedNames(world).push(name);
  world.events.emit('played', name);
}
