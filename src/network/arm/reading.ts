import type { Arm } from '../../azure/arm.ts';
import { messageOf, Problem } from '../../errors.ts';
import type { Unread } from './facts.ts';

/** Reads that note what ARM would not give instead of ending the proof: the rest can still be judged. */
export interface Reading {
  list(path: string, api: string): Promise<readonly unknown[]>;
  get(path: string, api: string): Promise<unknown>;
  /** Filled while the reads go on. */
  readonly unread: readonly Unread[];
}

export function openReading(arm: Arm): Reading {
  const unread: Unread[] = [];
  const noted = async <T>(path: string, read: Promise<T>, instead: T): Promise<T> => {
    try {
      return await read;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      unread.push({ what: shortOf(path), why: messageOf(error).split('\n')[0] ?? '' });
      return instead;
    }
  };
  return {
    unread,
    list: (path, api) => noted<readonly unknown[]>(path, arm.list<unknown>(path, api), []),
    get: (path, api) => noted<unknown>(path, arm.get<unknown>(path, api), undefined),
  };
}

function shortOf(path: string): string {
  return path.replace(/^.*\/providers\//i, '');
}
