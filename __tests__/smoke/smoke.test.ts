import { describe, expect, it } from '@jest/globals';
import { smokeReport } from '../../src/commands/smoke.ts';
import type { Look, Sight, Vantage } from '../../src/network/vantage.ts';
import { contract } from '../../src/smoke/contract.ts';
import { climb } from '../../src/smoke/index.ts';
import { refusals, sight, sound, unreached } from '../support/contract-app.ts';
import { outputs } from '../support/settings.ts';

const page = (status: number): Sight =>
  sight('', status, 'text/html', '<html><title>Azure App Service - Error</title></html>');

/** Climbs against a service that answers soundly but for `broken`; `hyphen` is for the header's other spelling. */
async function climbed(
  broken: Readonly<Record<string, Sight>> = {},
  hyphen?: Sight,
  reference: string | undefined = 'Resolved',
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
  const verdicts = await climb(outputs(), vantage, async () => reference);
  return { looks, verdicts, failed: verdicts.filter(({ faults }) => faults.length > 0) };
}

const lost = sight('', 401, 'application/json', refusals.unauthorised);
const withKey = ['ping', 'unknown-model', 'unknown-run'];
const each = (answer: Sight, names = contract.map(({ name }) => name)) =>
  Object.fromEntries(names.map((name) => [name, answer]));

describe('the smoke test', () => {
  it('passes a sound service', async () => {
    const { verdicts, failed } = await climbed();
    expect(verdicts).toHaveLength(6);
    expect(failed).toEqual([]);
  });

  it('sends the right key only by reference, the wrong one in clear, and asks for no more than six answers', async () => {
    const { looks } = await climbed();
    expect(looks.filter((look) => look.secretHeader).map(({ name }) => name)).toEqual(withKey);
    expect(looks.map(({ method, url }) => `${method} ${new URL(url).pathname}`)).toEqual([
      'GET /',
      'GET /v1/ping',
      'GET /v1/ping',
      'GET /v1/ping',
      'POST /v1/model/start/NoSuchModel:1',
      'GET /v1/model/results/no_such_run',
    ]);
  });

  it('has room for each body it compares', () => {
    const longest = Math.max(...contract.map(({ body }) => Buffer.byteLength(body)));
    expect(longest).toBeLessThanOrEqual(220);
  });

  it.each([
    ['status', sight('', 500, 'application/json', '{"status":"Healthy"}\n')],
    ['content type', sight('', 200, 'text/plain', '{"status":"Healthy"}\n')],
    ['body', sight('', 200, 'application/json', '{"status":"healthy"}\n')],
  ])('compares the %s exactly', async (what, health) => {
    const { failed } = await climbed({ health });
    expect(failed.map(({ rung }) => rung.name)).toEqual(['health']);
    expect(failed[0]?.faults[0]).toContain(what);
  });

  it('fails a service that lets anybody in', async () => {
    const { failed } = await climbed({ 'ping-wrong-key': sound['ping'] ?? lost });
    expect(failed[0]?.cause).toContain('lets callers in');
  });

  it.each([
    [
      'a wrong key',
      each(sight('', 403, 'application/json', refusals.forbidden), withKey),
      undefined,
      /wrong key/,
    ],
    [
      'a header dropped in front of the app',
      each(lost, withKey),
      sound['ping'],
      /dropped in front of the app/,
    ],
    ['a key that never arrives', each(lost, withKey), lost, /under either spelling/],
    ['a page of the platform', each(page(503)), undefined, /has not started/],
    ['a refusal by the platform', each(page(403)), undefined, /private endpoint/],
    ['an app without a package', each(page(200)), undefined, /no package has been deployed/],
    [
      'a key that was never made',
      each({ ...unreached(''), failure: { kind: 'secret', text: 'status 404' } }, withKey),
      undefined,
      /there is no key yet/,
    ],
    [
      'a blocked data plane',
      each(sight('', 500, 'application/json', '{}'), ['unknown-model', 'unknown-run']),
      undefined,
      /data plane/,
    ],
    [
      'an app that cannot be reached',
      each(unreached('')),
      undefined,
      /cannot be reached from inside/,
    ],
    [
      'a key that cannot be read',
      each({ ...unreached(''), failure: { kind: 'secret', text: 'status 403' } }, withKey),
      undefined,
      /probe machine cannot read the key/,
    ],
  ])('names %s as the likely cause', async (_, broken, hyphen, cause) => {
    const { failed } = await climbed(broken, hyphen);
    expect(failed.length).toBeGreaterThan(0);
    for (const verdict of failed) expect(verdict.cause).toMatch(cause);
  });

  it.each([
    [
      'wherever the right key is refused',
      each(sight('', 403, 'application/json', refusals.forbidden), withKey),
    ],
    ['where the app does not start', each(page(503))],
  ])('names a key that App Service could not resolve, %s', async (_, broken) => {
    const { failed } = await climbed(broken, undefined, 'AccessToKeyVaultDenied');
    for (const { cause } of failed)
      expect(cause).toMatch(/not resolved: App Service says AccessToKeyVaultDenied/);
  });
});

describe('the report of a smoke test', () => {
  it('fails with the first broken rung and its cause', async () => {
    const { verdicts } = await climbed(each(page(503)));
    const report = smokeReport(verdicts, 'app.test');
    expect(report.failure).toMatch(
      /6 of 6 answers; first health: status 503 instead of 200.*Likely cause/,
    );
    expect(report.summary).not.toContain('<html>');
  });

  it('says nothing of failure where all passed', async () => {
    const { verdicts } = await climbed();
    expect(smokeReport(verdicts, 'app.test').failure).toBeUndefined();
  });
});
