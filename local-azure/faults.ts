import type { Answer } from './operation.ts';

/** Which requests a fault strikes. What is left out matches everything. */
export interface FaultMatch {
  readonly method?: string;
  readonly host?: string | RegExp;
  /** Tried on path and query. */
  readonly path?: RegExp;
}

/** What goes wrong. `reset` cuts the connection, before the operation happens or after. */
export type Fault =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'reset'; readonly when: 'before' | 'after' }
  | { readonly kind: 'delay'; readonly milliseconds: number };

/** A fault and when it strikes: at the nth matching request (from 1), or at each where `nth` is left out. */
export interface FaultRule {
  readonly match: FaultMatch;
  readonly nth?: number;
  readonly fault: Fault;
}

/** The faults in force; rules can be added while it runs. */
export interface Faults {
  add(rule: FaultRule): void;
  clear(): void;
  /** Counts this request and gives the fault that strikes it. */
  strike(method: string, host: string, path: string): Fault | undefined;
}

/** Starts with the given rules; of several that strike at once, the first wins. */
export function createFaults(rules: readonly FaultRule[] = []): Faults {
  let counted = rules.map((rule) => ({ rule, seen: 0 }));
  return {
    add: (rule) => void counted.push({ rule, seen: 0 }),
    clear: () => void (counted = []),
    strike(method, host, path) {
      let struck: Fault | undefined;
      for (const entry of counted) {
        if (!matches(entry.rule.match, method, host, path)) continue;
        entry.seen += 1;
        if (entry.rule.nth === undefined || entry.rule.nth === entry.seen) {
          struck ??= entry.rule.fault;
        }
      }
      return struck;
    },
  };
}

function matches(match: FaultMatch, method: string, host: string, path: string): boolean {
  if (match.method !== undefined && match.method !== method) return false;
  if (match.host instanceof RegExp ? !match.host.test(host) : (match.host ?? host) !== host) {
    return false;
  }
  return match.path?.test(path) ?? true;
}
