import { describe, expect, it } from '@jest/globals';
import type { Look, Sight, Vantage } from '../../src/network/vantage.ts';
import { contract } from '../../src/smoke/contract.ts';
import type { CauseName } from '../../src/smoke/causes.ts';
import type { Facts } from '../../src/smoke/facts.ts';
import { climb } from '../../src/smoke/index.ts';
import { refusals, sight, sound, unreached } from '../support/contract-app.ts';
import { outputs } from '../support/settings.ts';

const page = (status: number, title = 'Azure App Service - Error'): Sight =>
  sight('', status, 'text/html', `<html><title>${title}</title></html>`);

/** Climbs against a service that answers soundly but for `broken`; `hyphen` is for the header's other spelling. */
async function climbed(
  broken: Readonly<Record<string, Sight>> = {},
  hyphen?: Sight,
  facts: Facts = { keyReference: 'Resolved' },
) {
  const looks: Look[] = [];
  const vantage: Vantage = {
    look: async (wanted) => {
      looks.push(...wanted);
      return wanted.map((one) => {
        const other = one.secretHeader?.header === 'API-AUTH-SECRET' ? hyphen : undefined;
        const found = other ?? broken[one.name] ?? sound[one.name];
        if (found === undefined) throw new Error(`No answer for ${one.name}`);
        return { ...found, name: one.name };
      });
    },
  };
  let asked = 0;
  const verdicts = await climb(outputs(), vantage, async () => {
    asked += 1;
    return facts;
  });
  return { looks, asked, verdicts, failed: verdicts.filter(({ faults }) => faults.length > 0) };
}

const lost = sight('', 401, 'application/json', refusals.unauthorised);
const withKey = ['ping', 'unknown-model', 'unknown-run'];
const each = (answer: Sight, names = contract.map(({ name }) => name)) =>
  Object.fromEntries(names.map((name) => [name, answer]));

describe('the smoke test', () => {
  it('passes a sound service, and asks Azure nothing about it', async () => {
    const { verdicts, failed, asked } = await climbed();
    expect(verdicts).toHaveLength(10);
    expect(failed).toEqual([]);
    expect(asked).toBe(0);
  });

  it('sends the right key only by reference, the wrong one in clear, and asks for no more than ten answers', async () => {
    const { looks } = await climbed();
    expect(looks.filter((look) => look.secretHeader).map(({ name }) => name)).toEqual(withKey);
    expect(looks.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'GET /',
      'GET /v1/no-such-path',
      'GET /v1/model/start/NoSuchModel:1',
      'GET /v1/ping',
      'POST /v1/model/start/NoSuchModel:1',
      'GET /v1/model/results/no_such_run',
      'GET /v1/ping',
      'GET /v1/ping',
      'POST /v1/model/start/NoSuchModel:1',
      'GET /v1/model/results/no_such_run',
    ]);
    expect(looks.filter(({ headers }) => headers?.['API_AUTH_SECRET'] !== undefined)).toHaveLength(
      1,
    );
  });

  it('has room for each body it compares', () => {
    const longest = Math.max(...contract.map(({ body }) => Buffer.byteLength(String(body))));
    expect(longest).toBeLessThanOrEqual(220);
  });

  it.each([
    ['status', 'health', sight('', 500, 'application/json', '{"status":"Healthy"}\n')],
    ['content type', 'health', sight('', 200, 'text/plain', '{"status":"Healthy"}\n')],
    ['body', 'health', sight('', 200, 'application/json', '{"status":"healthy"}\n')],
    [
      'allows',
      'wrong-method',
      {
        ...sound['wrong-method'],
        headers: { 'content-type': 'text/html; charset=utf-8', allow: 'GET, POST' },
      } as Sight,
    ],
    [
      'allows nothing',
      'wrong-method',
      {
        ...sound['wrong-method'],
        headers: { 'content-type': 'text/html; charset=utf-8' },
      } as Sight,
    ],
  ])('compares the %s exactly', async (what, name, answer) => {
    const { failed } = await climbed({ [name]: answer });
    expect(failed.map(({ rung }) => rung.name)).toEqual([name]);
    expect(failed[0]?.faults[0]).toContain(what);
  });

  it('takes the methods of Allow in any order', async () => {
    const headers = { 'content-type': 'text/html; charset=utf-8', allow: 'OPTIONS, POST' };
    const { failed } = await climbed({
      'wrong-method': { ...page(405), ...sound['wrong-method'], headers },
    });
    expect(failed).toEqual([]);
  });

  it.each(['ping-wrong-key', 'ping-without-key', 'start-without-key', 'results-without-key'])(
    'fails a service that lets anybody in at %s',
    async (name) => {
      const served = name.replace('ping-wrong-key', 'ping').replace('ping-without-key', 'ping');
      const answers: Readonly<Record<string, Sight | undefined>> = {
        ping: sound['ping'],
        'start-without-key': sound['unknown-model'],
        'results-without-key': sound['unknown-run'],
      };
      const { failed } = await climbed({ [name]: answers[served] ?? lost });
      expect(failed.map(({ cause }) => cause?.name)).toEqual(['open-door']);
    },
  );

  const error = sight('', 500, 'application/json', '{}');
  const dataPlane = ['unknown-model', 'unknown-run'];
  const secret = (text: string): Sight => ({ ...unreached(''), failure: { kind: 'secret', text } });
  const table: readonly (readonly [
    what: string,
    broken: Readonly<Record<string, Sight>>,
    hyphen: Sight | undefined,
    facts: Facts | undefined,
    cause: CauseName,
  ])[] = [
    [
      'a wrong key',
      each(sight('', 403, 'application/json', refusals.forbidden), withKey),
      undefined,
      undefined,
      'wrong-key',
    ],
    [
      'a header dropped in front of the app',
      each(lost, withKey),
      sound['ping'],
      undefined,
      'header-dropped',
    ],
    ['a key that never arrives', each(lost, withKey), lost, undefined, 'key-lost'],
    ['an app that has not started', each(page(503)), undefined, undefined, 'not-started'],
    ['a refusal by the platform', each(page(403)), undefined, undefined, 'refused-by-platform'],
    [
      'a stopped app by its page',
      each(page(403, 'Web App - Unavailable')),
      undefined,
      undefined,
      'app-stopped',
    ],
    [
      'a stopped app by its state',
      each(page(403)),
      undefined,
      { appState: 'Stopped' },
      'app-stopped',
    ],
    ['an app without a package', each(page(200)), undefined, undefined, 'no-package'],
    [
      'a key that was never made',
      each(secret('status 404'), withKey),
      undefined,
      undefined,
      'no-key',
    ],
    [
      'a key that cannot be read',
      each(secret('status 403'), withKey),
      undefined,
      undefined,
      'key-unreadable',
    ],
    [
      'a probe without identity',
      each({ ...unreached(''), failure: { kind: 'token', text: 'status 400' } }, withKey),
      undefined,
      undefined,
      'probe-identity',
    ],
    [
      'a workspace without its endpoint',
      each(error, dataPlane),
      undefined,
      { workspaceEndpoint: 'missing' },
      'workspace-endpoint',
    ],
    [
      'a data plane that is blocked otherwise',
      each(error, dataPlane),
      undefined,
      { workspaceEndpoint: 'approved' },
      'data-plane',
    ],
    ['an app that cannot be reached', each(unreached('')), undefined, undefined, 'unreachable'],
    ['an app that fails at once', each(error, ['health']), undefined, undefined, 'app-failed'],
    [
      'a key that was not resolved, at an app that runs',
      each(sight('', 403, 'application/json', refusals.forbidden), withKey),
      undefined,
      { keyReference: 'AccessToKeyVaultDenied' },
      'key-unresolved',
    ],
    [
      'a key that was not resolved, at an app that does not',
      each(page(503)),
      undefined,
      { keyReference: 'SecretNotFound' },
      'key-unresolved',
    ],
    [
      'another version',
      each(sight('', 200, 'application/json', '{"status":"ok"}'), ['health']),
      undefined,
      undefined,
      'other-version',
    ],
    [
      'another app',
      each(sight('', 418, 'application/json', '{}'), ['health']),
      undefined,
      undefined,
      'other-app',
    ],
  ];

  it.each(table)('names %s as the likely cause', async (_what, broken, hyphen, facts, cause) => {
    const { failed, asked } = await climbed(broken, hyphen, facts);
    expect(new Set(failed.map((one) => one.cause?.name))).toEqual(new Set([cause]));
    expect(failed).toHaveLength(Object.keys(broken).length);
    expect(asked).toBe(1);
  });

  it('says what App Service said of the key, and nothing else that stands there', async () => {
    const facts = { keyReference: 'AccessToKeyVaultDenied\n::error::<script>' };
    const { failed } = await climbed(each(page(503)), undefined, facts);
    expect(failed[0]?.cause?.what).toContain('(it says AccessToKeyVaultDeniederrorscript)');
  });
});
