import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Problem, messageOf } from '../errors.ts';
import type { Secret } from '../secret.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { claimsOf } from './claims.ts';
import { exchangeAudience } from './credential.ts';
import { keptUntilStale } from './renewal.ts';

type Tools = Pick<Toolbox, 'clock' | 'log' | 'runner'>;

/** A stand-in for the runner's id-token endpoint, for child processes: Entra's audience only. */
export interface Broker {
  /** Address and bearer, as ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN. */
  readonly url: string;
  readonly bearer: Secret;
  close(): Promise<void>;
}

/** A broker that a process which was killed had opened, for children that live on. */
export interface KnownBroker {
  readonly port: number;
  readonly bearer: string;
}

/** An assertion is renewed this long before its end. */
const marginSeconds = 60;
/** GitHub's id-tokens live about five minutes; taken where a token does not say. */
const usualLife = 300;

/**
 * Opens the broker on this machine alone. Why: the provider asks for an id-token before nearly every
 * call, and the runner's own token could mint identities for any audience. `again`: in place of one
 * that is gone.
 */
export async function openBroker(tools: Tools, again?: KnownBroker): Promise<Broker> {
  const bearer = tools.runner.secret(again?.bearer ?? randomBytes(32).toString('base64url'));
  const assertion = keptUntilStale(() => freshAssertion(tools), marginSeconds, tools.clock.now);
  const server = createServer((request, response) => {
    void answer(request, bearer, assertion, tools).then(
      ({ status, body }) => reply(response, status, body),
      (error: unknown) => reply(response, 502, { message: messageOf(error) }),
    );
  });
  const { port } = await listen(server, again?.port ?? 0);
  server.unref(); // it serves children; it must never be what keeps the step alive
  return { url: `http://127.0.0.1:${port}/token`, bearer, close: () => close(server) };
}

interface Assertion {
  readonly text: string;
  readonly endsAt: number;
}

async function freshAssertion({ runner, clock }: Tools): Promise<Assertion> {
  const text = (await runner.idToken(exchangeAudience)).reveal();
  const { exp, iat } = claimsOf(text);
  // the token's own length counts, not its date: this machine's clock may be wrong
  const life = exp === undefined || iat === undefined ? usualLife : exp - iat;
  return { text, endsAt: clock.now() + life * 1000 };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

async function answer(
  request: IncomingMessage,
  bearer: Secret,
  assertion: () => Promise<Assertion>,
  { log }: Tools,
): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (!carries(request, bearer)) return { status: 401, body: { message: 'unknown bearer' } };
  if (request.method !== 'GET' || url.pathname !== '/token') {
    return { status: 404, body: { message: 'GET /token is all there is' } };
  }
  const audiences = url.searchParams.getAll('audience');
  if (audiences.length !== 1 || audiences[0] !== exchangeAudience) {
    log.warn(
      `A child process asked for an identity for ${JSON.stringify(audiences.join(', ').slice(0, 200))}, and was refused: it may log in to Azure only.`,
    );
    return { status: 403, body: { message: `only the audience ${exchangeAudience}` } };
  }
  const { text } = await assertion();
  return { status: 200, body: { value: text } };
}

/** Compares in constant time. */
function carries(request: IncomingMessage, bearer: Secret): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${bearer.reveal()}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function reply(response: ServerResponse, status: number, body: Answer['body']): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

async function listen(server: Server, wanted: number): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new Problem(
          `The token broker could not listen on 127.0.0.1: ${messageOf(error)}.`,
          'allow local listening sockets on this machine, then run again.',
          { cause: error },
        ),
      );
    });
    server.listen(wanted, '127.0.0.1', resolve);
  });
  return server.address() as AddressInfo;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
