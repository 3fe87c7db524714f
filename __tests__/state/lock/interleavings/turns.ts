/**
 * One thing at a time, in an order that a seed decides: every request of every actor waits for its
 * turn, time passes only here, and an actor can die between any two of its turns.
 */
export interface Turns {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Does something when its turn comes; never comes back to an actor that has died. */
  take<T>(actor: Actor, what: string, work: () => Promise<T>): Promise<T>;
  sleep(actor: Actor, seconds: number): Promise<void>;
  /** Lets the actors act until each has ended or died. */
  play(actors: readonly Actor[]): Promise<void>;
  /** Whole number from 0 up to, not including, `below`. */
  draw(below: number): number;
  readonly trace: string[];
}

/** Somebody who acts on a state. */
export interface Actor {
  readonly name: string;
  /** After so many turns it is dead; where it `hears`, the last answer still reaches it. */
  readonly turnsToLive: number;
  turnsTaken: number;
  /** When it died or ended, milliseconds since the epoch. */
  endedAt: number | undefined;
  isDead: boolean;
  act(): Promise<void>;
}

interface Waiting {
  readonly actor: Actor;
  /** Not before this time. */
  readonly from: number;
  go(): Promise<void>;
}

/** The most that passes between two turns, in milliseconds. */
const LONGEST_PAUSE = 2000;

/** Turns in the order of a seed, from a moment on. */
export function openTurns(seed: number, start: number): Turns {
  const random = mulberry(seed);
  const draw = (below: number): number => Math.floor(random() * below);
  const trace: string[] = [];
  const waiting: Waiting[] = [];
  let now = start;

  const queue = <T>(actor: Actor, from: number, work: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      if (actor.isDead) return;
      waiting.push({
        ...{ actor, from },
        go: async () => {
          const outcome = await work().then(
            (value) => () => resolve(value),
            (error: unknown) => () =>
              reject(error instanceof Error ? error : new Error(String(error))),
          );
          // Dead: what it asked for was done, and it never learns of it.
          if (!actor.isDead) outcome();
        },
      });
    });

  const turn = async (): Promise<boolean> => {
    if (waiting.length === 0) return false;
    const ready = waiting.filter(({ from }) => from <= now);
    if (ready.length === 0) now = Math.min(...waiting.map(({ from }) => from));
    const choice = ready.length > 0 ? ready : waiting.filter(({ from }) => from <= now);
    const chosen = choice[draw(choice.length)];
    if (chosen === undefined) return false;
    waiting.splice(waiting.indexOf(chosen), 1);
    now += 1 + draw(LONGEST_PAUSE);
    const { actor } = chosen;
    actor.turnsTaken += 1;
    if (actor.turnsTaken >= actor.turnsToLive) {
      actor.isDead = true;
      actor.endedAt = now;
    }
    await chosen.go();
    if (actor.isDead) {
      trace.push(`${actor.name} is dead`);
      for (const other of waiting.filter((one) => one.actor === actor)) {
        waiting.splice(waiting.indexOf(other), 1);
      }
    }
    // What follows from it without a request follows now.
    await new Promise((resolve) => void setImmediate(resolve));
    return true;
  };

  return {
    ...{ draw, trace },
    now: () => now,
    take: (actor, what, work) =>
      queue(actor, 0, async () => {
        const told = await work();
        const result = (told as { status?: number } | undefined)?.status ?? '';
        trace.push(`${new Date(now).toISOString().slice(11, 23)} ${actor.name}: ${what} ${result}`);
        return told;
      }),
    sleep: (actor, seconds) => queue(actor, now + seconds * 1000, async () => undefined),
    async play(actors) {
      for (const actor of actors) {
        void actor.act().then(() => {
          actor.endedAt = now;
        });
      }
      await new Promise((resolve) => void setImmediate(resolve));
      while (await turn());
    },
  };
}

/** Mulberry32, by Tommy Ettinger (public domain): small, and good enough to draw orders. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
