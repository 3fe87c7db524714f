import { createHash } from 'node:crypto';
import type { CutKind } from '../support/cuts/cut.ts';
import type { Moment, Phase } from '../support/cuts/moment.ts';

/** One cut of a sweep; the same seed, kind and count give the same one on every machine. */
export interface Instant {
  readonly kind: CutKind;
  /** Counted from 0. */
  readonly number: number;
  readonly moment: Moment;
}

/** Which share of the cuts falls into a phase, how many requests it has, and the longest wait after one. */
const spread: readonly { phase: Phase; share: number; requests: number; milliseconds: number }[] = [
  { phase: 'start', share: 0.05, requests: 0, milliseconds: 400 },
  { phase: 'login', share: 0.1, requests: 14, milliseconds: 250 },
  { phase: 'init', share: 0.1, requests: 18, milliseconds: 150 },
  { phase: 'plan', share: 0.15, requests: 26, milliseconds: 600 },
  { phase: 'apply', share: 0.45, requests: 330, milliseconds: 60 },
  { phase: 'outputs', share: 0.15, requests: 140, milliseconds: 200 },
];

/** PUTs of a deploy of the network, those to the store of the state among them. */
const WRITES = 110;
/** Requests of its plan, the taking of the apply's lock among them. */
const PLAN = 26;
/** Requests of its apply, from the first write to the last, where Azure takes next to no time. */
const APPLY = 350;

/** The default number of cuts. */
export function usualCount(kind: CutKind): number {
  if (kind === 'lost-answer') return WRITES;
  return kind === 'int' || kind === 'term' ? 200 : PLAN + APPLY;
}

/** `count` cuts of a kind, evenly over the run and by chance in between. */
export function instantsOf(kind: CutKind, count: number, seed: number): readonly Instant[] {
  return Array.from({ length: count }, (_, number) => {
    const chance = (what: string): number => fraction(`${seed} ${kind} ${count} ${number} ${what}`);
    return { kind, number, moment: momentOf(kind, number, count, chance) };
  });
}

function momentOf(
  kind: CutKind,
  number: number,
  count: number,
  chance: (what: string) => number,
): Moment {
  const nth = (most: number): number => Math.floor(((number + 0.5) * most) / count) + 1;
  if (kind === 'lost-answer') return { phase: 'start', requests: nth(WRITES), milliseconds: 0 };
  if (kind === 'kill' || kind === 'post') {
    const requests = nth(PLAN + APPLY);
    return requests <= PLAN
      ? { phase: 'plan', requests, milliseconds: 0 }
      : { phase: 'apply', requests: requests - PLAN, milliseconds: 0 };
  }
  let place = (number + chance('place')) / count;
  for (const { phase, share, requests, milliseconds } of spread) {
    if (place < share || phase === 'outputs') {
      return {
        phase,
        requests: Math.ceil(requests * Math.min(place / share, 1)),
        milliseconds: Math.floor(milliseconds * chance('wait')),
      };
    }
    place -= share;
  }
  throw new Error('the shares do not reach 1');
}

/** A number from 0 up to 1 that follows from a text. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}

/** How the cuts of a chain are spread: each run of it is cut at the next one, so the apply comes on bit by bit. */
const chain: readonly { phase: Phase; cuts: number; requests: number; milliseconds: number }[] = [
  { phase: 'start', cuts: 1, requests: 0, milliseconds: 300 },
  { phase: 'login', cuts: 2, requests: 10, milliseconds: 250 },
  { phase: 'init', cuts: 2, requests: 6, milliseconds: 150 },
  { phase: 'plan', cuts: 3, requests: 14, milliseconds: 600 },
  { phase: 'apply', cuts: 11, requests: 20, milliseconds: 60 },
  { phase: 'outputs', cuts: 1, requests: 20, milliseconds: 300 },
];

/** Twenty cuts for one environment; in its apply, two of them are no signals. */
export function chainOf(seed: number): readonly Instant[] {
  const chance = (what: string): number => fraction(`${seed} chain ${what}`);
  const moments = chain.flatMap(({ phase, cuts, requests, milliseconds }) =>
    Array.from({ length: cuts }, (_, at) => ({
      phase,
      requests: Math.ceil(requests * chance(`${phase} ${at} place`)),
      milliseconds: Math.floor(milliseconds * chance(`${phase} ${at} wait`)),
    })),
  );
  const applies = moments.findIndex(({ phase }) => phase === 'apply');
  const [killed, posted] = [
    applies + Math.floor(5 * chance('kill')),
    applies + 5 + Math.floor(5 * chance('post')),
  ];
  const kindOf = (number: number): CutKind => {
    if (number === killed) return 'kill';
    if (number === posted) return 'post';
    return chance(`kind ${number}`) < 0.5 ? 'int' : 'term';
  };
  return moments.map((moment, number) => ({ kind: kindOf(number), number, moment }));
}
