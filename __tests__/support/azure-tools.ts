import { setImmediate, setTimeout as pause } from 'node:timers/promises';
import type { AccessToken, TokenCredential } from '@azure/core-auth';
import { Cancelled } from '../../src/errors.ts';
import { Secret } from '../../src/secret.ts';
import type { Clock, Log, RunContext, Runner, Toolbox } from '../../src/toolbox/index.ts';

/** A clock that no time passes on but what is slept; it remembers each sleep. */
export interface FastClock extends Clock {
  readonly slept: number[];
}

export function fastClock(begin = Date.parse('2026-11-22T12:00:00Z')): FastClock {
  let now = begin;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep: async (seconds) => {
      slept.push(seconds);
      now += seconds * 1000;
      await setImmediate();
    },
  };
}

/** The machine's clock. */
export function realClock(cancelled: AbortSignal): Clock {
  return {
    now: () => Date.now(),
    sleep: (seconds) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, seconds * 1000);
        cancelled.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(new Cancelled('cancelled'));
        });
      }),
  };
}

export interface KeptLog extends Log {
  readonly lines: string[];
}

export function keptLog(): KeptLog {
  const lines: string[] = [];
  const keep = (message: string): void => void lines.push(message);
  return {
    lines,
    info: keep,
    warn: keep,
    notice: keep,
    debug: keep,
    group: (_title, work) => work(),
  };
}

export interface IdTokenOptions {
  readonly subject?: string;
  readonly issuer?: string;
  readonly seconds?: number;
}

/** A JWT with these claims and no real signature. */
export function jwt(claims: Readonly<Record<string, unknown>>): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}.${part('signature')}`;
}

export interface TestTools extends Toolbox {
  readonly log: KeptLog;
  /** Every text that was masked. */
  readonly hidden: Set<string>;
  /** Audiences for which an id-token was asked. */
  readonly audiences: string[];
  readonly summaries: string[];
}

interface ToolsOptions {
  readonly clock?: Clock;
  readonly cancelled?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly idToken?: IdTokenOptions;
  readonly refuseIdToken?: Error;
}

/** A toolbox for what talks to Azure; effects that this never has are missing, and would throw. */
export function azureTools(options: ToolsOptions = {}): TestTools {
  const cancelled = options.cancelled ?? new AbortController().signal;
  const clock = options.clock ?? realClock(cancelled);
  const hidden = new Set<string>();
  const audiences: string[] = [];
  const summaries: string[] = [];
  const hide = (text: string): void => void hidden.add(text);
  const { subject = 'repo:octo/net:environment:demo', seconds = 300 } = options.idToken ?? {};
  const iss = options.idToken?.issuer ?? 'https://token.actions.githubusercontent.com';
  const runner: Runner = {
    hide,
    secret: (value) => new Secret(value, hide),
    machine: 'runner@machine',
    idToken: async (audience) => {
      audiences.push(audience);
      await pause(5); // as a real endpoint, it does not answer at once
      if (options.refuseIdToken) throw options.refuseIdToken;
      const iat = Math.floor(clock.now() / 1000);
      const claims = {
        iss,
        sub: subject,
        aud: audience,
        iat,
        exp: iat + seconds,
        jti: audiences.length,
      };
      return new Secret(jwt(claims), hide);
    },
    output: () => undefined,
    summary: (markdown) => Promise.resolve(void summaries.push(markdown)),
    keep: () => undefined,
    kept: () => '',
    context: {} as RunContext,
  };
  const env = { GITHUB_ACTIONS: 'true', ...options.env };
  const part = { log: keptLog(), clock, env, cancelled, runner, hidden, audiences, summaries };
  return part as unknown as TestTools;
}

/** A credential whose tokens are never asked for twice. */
export const lastingCredential: TokenCredential = {
  getToken: (): Promise<AccessToken> =>
    Promise.resolve({ token: 'lasting-token', expiresOnTimestamp: Date.now() + 86_400_000 }),
};
