import type { Difference } from './difference.ts';
import { valueAt } from './template.ts';

/** What is compared: the name people know the resource by, what is wanted by path, and what ARM says. */
export interface Compared {
  readonly resource: string;
  readonly wanted: Readonly<Record<string, unknown>>;
  readonly found: unknown;
}

/**
 * How a resource differs from what a template sets. One that is not there differs in its existence;
 * what the template leaves to Azure (undefined) is not compared.
 */
export function differencesFrom({ resource, wanted, found }: Compared): Difference[] {
  if (found === undefined) {
    return [{ resource, attribute: 'existence', wanted: 'exists', found: 'does not exist' }];
  }
  return Object.entries(wanted).flatMap(([attribute, value]): Difference[] => {
    const is = valueAt(found, attribute.split('.'));
    if (same(value, is)) return [];
    return [{ resource, attribute, wanted: shown(value), found: shown(is) }];
  });
}

/**
 * Whether ARM says what was wanted: ids and enumerations without case, durations by their length,
 * and what Azure adds to an object does not count. An empty list is as good as none, and what is
 * undefined is left to Azure.
 */
export function same(wanted: unknown, found: unknown): boolean {
  if (wanted === undefined) return true;
  if (Array.isArray(wanted)) {
    const list: readonly unknown[] = Array.isArray(found) ? (found as unknown[]) : [];
    return list.length === wanted.length && wanted.every((one, at) => same(one, list[at]));
  }
  if (typeof wanted === 'object' && wanted !== null) {
    return Object.entries(wanted).every(([key, value]) => same(value, valueAt(found, [key])));
  }
  if (typeof wanted !== 'string' || typeof found !== 'string') return wanted === found;
  const [one, other] = [durationSeconds(wanted), durationSeconds(found)];
  if (one !== undefined && other !== undefined) return one === other;
  return wanted.toLowerCase() === found.toLowerCase();
}

/** Length of an ISO 8601 duration up to days. */
function durationSeconds(text: string): number | undefined {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (match === null) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part || 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
}

/** A value as a person reads it in a table. */
export function shown(value: unknown): string {
  if (value === undefined) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
