import { messageOf } from '../../../../src/errors.ts';
import { Secret } from '../../../../src/secret.ts';
import type { Ask, Exchange, Send } from '../../../../src/azure/exchange.ts';
import { openBlobs } from '../../../../src/state/blobs.ts';
import { underLock } from '../../../../src/state/lock/index.ts';
import { openLease } from '../../../../src/state/lock/lease.ts';
import { workshop } from '../../../support/workshop.ts';
import type { Storage } from './storage.ts';
import { account, container } from './storage.ts';
import { idIn, playTerraform, serialIn } from './terraform.ts';
import type { PlayedTerraform } from './terraform.ts';
import type { Actor, Turns } from './turns.ts';
import { openTurns } from './turns.ts';

/** How one order of requests ended. */
export interface Ending {
  /** Whether the lock was free when all had ended, or what became of it. */
  readonly kind: 'free' | 'recovered' | 'named: no word, no note' | 'named: a person’s';
  /** Promises that were broken; empty where all is well. */
  readonly broken: readonly string[];
  readonly trace: readonly string[];
}

/** One of the actors, and what it did. */
interface Player extends Actor {
  readonly kind: 'run' | 'person' | 'unlocker';
  error: string | undefined;
  log: readonly string[];
}

/** A moment at which nothing has happened yet. */
const START = Date.parse('2026-11-22T20:00:00Z');
const META = 'x-ms-meta-terraformlockid';

/**
 * Two or three actors on one state, in the order of the seed: runs of ours that end well or are killed
 * between any two requests, persons with a Terraform of their own, `force-unlock`. When all of them
 * have ended and GitHub says so, one more run comes, alone. `name` must not have been used before.
 */
export async function play(seed: number, name: string, storage: Storage): Promise<Ending> {
  const turns = openTurns(seed, START);
  const stage = openStage(turns, name, storage);
  const isNew = turns.draw(4) === 0;
  const kinds = isNew ? (['run'] as const) : kindsOf[turns.draw(kindsOf.length)]!;
  const players: Player[] = [];
  for (const kind of isNew ? (['run', 'run'] as const) : kinds) {
    players.push(stage.player(kind, players.length));
  }
  if (!isNew) await stage.begin();
  await turns.play(players);
  const left = await stage.lookAtLock();
  const last = stage.player('run', players.length, Infinity);
  stage.allIsOver();
  await turns.play([last]);
  return stage.ending(left, last);
}

/** Who meets whom; the last two kinds of meeting are rare, and tell the least. */
const kindsOf: readonly (readonly Player['kind'][])[] = [
  ['run', 'run'],
  ['run', 'run', 'run'],
  ['run', 'person'],
  ['run', 'run', 'person'],
  ['run', 'run', 'unlocker'],
  ['run', 'person', 'unlocker'],
];

interface Lock {
  readonly id: string;
  readonly by: Player;
}

/** What a state’s lock is like when nobody acts. */
interface Left {
  readonly lock: Lock | undefined;
  /** Whether a run can know whose it is. */
  readonly isKnown: boolean;
}

function openStage(turns: Turns, name: string, storage: Storage) {
  const address = `https://${account}.blob.core.windows.net/${container}/${name}.tfstate`;
  const broken: string[] = [];
  const makers = new Map<string, Player>();
  const players: Player[] = [];
  const oneHost = turns.draw(2) === 0;
  const isOnTime = turns.draw(2) === 0;
  const delays = new Map<Player, number>();
  let held: string | undefined;
  let serial = 0;
  let isAllOver = false;

  const isOver = (player: Player): boolean =>
    player.endedAt !== undefined &&
    (isAllOver || turns.now() >= player.endedAt + (delays.get(player) ?? 0));

  /** Looks at every request that was granted, and says which promise it breaks. */
  const watch = (player: Player, ask: Ask, answer: Exchange): void => {
    if (!ask.url.startsWith(address) || ask.method !== 'PUT' || answer.status >= 400) return;
    const action = ask.headers?.['x-ms-lease-action'];
    if (action === 'acquire') {
      held = ask.headers?.['x-ms-proposed-lease-id'] ?? '';
      makers.set(held, player);
    } else if (action !== undefined) {
      judgeRelease(player, ask.headers?.['x-ms-lease-id'] ?? '', action);
      held = undefined;
    } else if (ask.url.includes('comp=metadata')) {
      judgeWord(player, ask);
    } else if (!ask.url.includes('comp=')) {
      const written = serialIn(String(ask.body ?? ''));
      if (written !== serial + 1 && !(written === 0 && serial === 0)) {
        broken.push(`${player.name} wrote serial ${written} over ${serial}: a write is lost`);
      }
      serial = written;
    }
  };
  const judgeWord = (player: Player, { headers = {} }: Ask): void => {
    const maker = makers.get(held ?? '');
    if (headers[META] !== undefined || maker === undefined) return;
    if (maker !== player && player.kind !== 'unlocker') {
      broken.push(`${player.name} took the word away from the lock of ${maker.name}`);
    }
  };
  const judgeRelease = (player: Player, id: string, action: string): void => {
    const maker = makers.get(id);
    if (action !== 'release') broken.push(`${player.name} did ${action} a lease`);
    if (maker === player || player.kind === 'unlocker') return;
    if (maker?.kind !== 'run') broken.push(`${player.name} released what is no run's`);
    else if (!isOver(maker)) broken.push(`${player.name} released the lock of ${maker.name}`);
  };

  const sendOf =
    (player: Player): Send =>
    (ask) =>
      turns.take(player, nameOf(ask), async () => {
        const answer = await storage.send(ask);
        watch(player, ask, answer);
        const date = new Date(turns.now()).toUTCString();
        return { ...answer, headers: { ...answer.headers, date } };
      });

  const player = (kind: Player['kind'], index: number, turnsToLive?: number): Player => {
    const skew = isOnTime ? 0 : (turns.draw(21) - 10) * 60_000;
    const mayDie = kind !== 'unlocker' && turns.draw(2) === 0;
    const made: Player = {
      ...{ kind, name: `${kind}-${index}`, turnsTaken: 0, endedAt: undefined, isDead: false },
      turnsToLive:
        turnsToLive ?? (mayDie ? 1 + turns.draw(turns.draw(2) === 0 ? 8 : 32) : Infinity),
      ...{ error: undefined, log: [] },
      act: async () => {
        const now = (): number => turns.now() + skew;
        const who = kind === 'run' ? `runner@${oneHost ? 'vm' : `vm-${index}`}` : `ada@laptop`;
        const terraform = playTerraform(address, who, now, sendOf(made));
        try {
          if (kind === 'run') await run(made, who, now, terraform);
          else if (kind === 'person') await deploy(terraform, turns.draw(3), () => work(made));
          else await forceUnlock(made, terraform);
        } catch (error) {
          made.error = messageOf(error);
        }
      },
    };
    delays.set(made, 5000 + turns.draw(turns.draw(2) === 0 ? 20_000 : 600_000));
    players.push(made);
    return made;
  };

  const run = async (
    made: Player,
    who: string,
    now: () => number,
    terraform: PlayedTerraform,
  ): Promise<void> => {
    const place = workshop({
      clock: { now, sleep: (seconds) => turns.sleep(made, seconds) },
      github: async () => ({
        request: (_method, path) =>
          turns.take(made, 'GitHub', async () => answerOn(path, players, isOver, delays, turns)),
      }),
    });
    const send = sendOf(made);
    const { runner } = place.tools;
    const context = { ...runner.context, runId: made.name };
    const tools = { ...place.tools, runner: { ...runner, context, machine: who } };
    made.log = place.log;
    const lines = { blobs: openBlobs(send, account, container), lock: openLease(address, send) };
    const state = {
      ...lines,
      farewell: () => lines,
      backend: {
        ...{ storage_account_name: account, container_name: container, key: `${name}.tfstate` },
      },
    };
    const settings = { environment: name, githubToken: new Secret('token', () => undefined) };
    await underLock(state, settings, tools, async (holding) => {
      // What Terraform says is heard later, in its order; all of it before its end is.
      let heard = Promise.resolve();
      await deploy(terraform, turns.draw(3), async () => {
        const at = now();
        heard = heard.then(async () => {
          await turns.take(made, 'a line of Terraform', async () => undefined);
          holding(at);
        });
        await work(made);
      });
      await heard;
    });
  };

  /** What Azure takes for what Terraform asked for. */
  const work = (made: Player): Promise<void> => turns.sleep(made, turns.draw(60));

  const forceUnlock = async (made: Player, terraform: PlayedTerraform): Promise<void> => {
    await turns.sleep(made, turns.draw(60));
    const id = await terraform.idShown();
    await turns.sleep(made, turns.draw(10));
    if (id !== undefined) await terraform.forceUnlock(id);
  };

  /** The last run must get through, or say whose the lock is that it may not touch. */
  const judgeLast = ({ lock, isKnown }: Left, { error = '' }: Player, kind: string): void => {
    if (!kind.startsWith('named')) {
      if (error !== '') broken.push(`the last run failed: ${error}`);
      if (held !== undefined) broken.push('the lock is not free in the end');
      return;
    }
    const said = isKnown ? 'ada@laptop' : 'lease break';
    if (!error.includes(said)) broken.push(`the last run does not say "${said}": "${error}"`);
    if (held !== lock?.id) broken.push('the last run touched a lock that is not its own');
  };

  const judgeFailure = ({ kind, name: by, error = '' }: Player): void => {
    const mayFail = players.some(({ kind: other }) => other === 'unlocker')
      ? /lock|lease/i
      : /is locked|already locked|LeaseAlreadyPresent/;
    if (kind === 'run' && error !== '' && !mayFail.test(error)) {
      broken.push(`${by} failed: ${error}`);
    }
  };

  const plainly = (ask: Ask): Promise<Exchange> => storage.send(ask);
  return {
    player,
    /** A state that somebody has deployed already. */
    begin: async () => {
      const headers = { 'x-ms-blob-type': 'BlockBlob' };
      serial = 1;
      await plainly({ method: 'PUT', url: address, headers, body: '{"serial":1}' });
    },
    allIsOver: () => {
      isAllOver = true;
    },
    lookAtLock: async (): Promise<Left> => {
      const { headers, status } = await plainly({ method: 'HEAD', url: address });
      const isLocked = status < 400 && headers['x-ms-lease-status'] === 'locked';
      if (isLocked !== (held !== undefined)) broken.push('the play has lost count of the lock');
      const by = makers.get(held ?? '');
      if (held === undefined || by === undefined) return { lock: undefined, isKnown: true };
      if (!by.isDead && by.error === undefined) broken.push(`${by.name} ended with the lock`);
      const hasWord = idIn(headers[META]) === held;
      const notes = await openBlobs(plainly, account, container).list(`runs/${name}/`);
      const texts = await Promise.all(
        notes.map(async (note) => {
          const url = `https://${account}.blob.core.windows.net/${container}/${note}`;
          return (await plainly({ method: 'GET', url })).text;
        }),
      );
      const isNoted = texts.some((text) => text.includes(`"lease":"${held ?? '-'}"`));
      return { lock: { id: held, by }, isKnown: hasWord || isNoted };
    },
    ending: (left: Left, last: Player): Ending => {
      const kind = kindOf(left);
      judgeLast(left, last, kind);
      players.forEach(judgeFailure);
      return { kind, broken, trace: turns.trace };
    },
  };
}

function kindOf({ lock, isKnown }: Left): Ending['kind'] {
  if (lock === undefined) return 'free';
  if (lock.by.kind !== 'run') return 'named: a person’s';
  return isKnown ? 'recovered' : 'named: no word, no note';
}

/** A deploy: reads the state under the lock, writes it once or several times, each time one further. */
async function deploy(
  terraform: PlayedTerraform,
  more: number,
  pause: () => Promise<void>,
): Promise<void> {
  await terraform.lock();
  try {
    const base = await terraform.read();
    await pause();
    for (let step = 1; step <= more + 1; step++) {
      await terraform.write(base + step);
      await pause();
    }
  } finally {
    await terraform.unlock();
  }
}

/** GitHub's answer for an attempt; its end is never earlier than the death. */
function answerOn(
  path: string,
  players: readonly Player[],
  isOver: (player: Player) => boolean,
  delays: ReadonlyMap<Player, number>,
  turns: Turns,
): { readonly status: number; readonly json: unknown } {
  const id = /runs\/([^/]+)\/attempts\/1$/.exec(path)?.[1];
  const asked = players.find(({ name }) => name === id);
  if (asked === undefined) return { status: 404, json: {} };
  if (!isOver(asked)) return { status: 200, json: { status: 'in_progress' } };
  const end = Math.min((asked.endedAt ?? 0) + (delays.get(asked) ?? 0), turns.now());
  return { status: 200, json: { status: 'completed', updated_at: new Date(end).toISOString() } };
}

function nameOf({ method, url, headers = {} }: Ask): string {
  const { pathname, searchParams } = new URL(url);
  const what = headers['x-ms-lease-action'] ?? searchParams.get('comp') ?? '';
  return `${method} ${pathname.split('/').slice(2).join('/')} ${what}`.trim();
}
