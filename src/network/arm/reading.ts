import type { Arm } from '../../azure/arm.ts';
import { messageOf, Problem } from '../../errors.ts';
import type { Unread } from './facts.ts';

/** Versions of ARM's interfaces that the proof was written for. */
export const apis = {
  network: '2025-01-01',
  dns: '2024-06-01',
  storage: '2025-08-01',
  vault: '2026-02-01',
  registry: '2025-11-01',
  machineLearning: '2025-12-01',
  web: '2023-12-01',
  logs: '2025-07-01',
  insights: '2020-02-02',
  compute: '2024-03-01',
  identity: '2024-11-30',
  // never made stable; Azure's own tools and the Terraform provider use it
  diagnostics: '2021-05-01-preview',
  roles: '2022-04-01',
  resources: '2021-04-01',
} as const;

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
