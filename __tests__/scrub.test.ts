import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { remember, scrubbed, scrubbedDeep } from '../src/scrub.ts';
import { Secret } from '../src/secret.ts';
import { guardStreams } from '../src/toolbox/streams.ts';
import { openSearch } from '../local-azure/secrets/search.ts';
import { spellingsOf } from '../local-azure/secrets/spellings.ts';

/** Four that are as different as secrets get: awkward, Azure's, an identifier, one of several lines. */
const secrets = [
  'p<a>s&s"w/o+r=d\'~é-0123456789',
  'TG9jYWxBenVyZQ+/4Zq8Q~w1rZrD3JvO9aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789abc==',
  'b7f3c2d1-5a64-4e0b-9c88-1f2e3d4c5b6a',
  '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgEAA\n-----END PRIVATE KEY-----',
] as const;
for (const secret of secrets) new Secret(secret, () => undefined);

describe.each(secrets)('a secret (%#) in text that goes out', (secret) => {
  const all = spellingsOf(secret).filter(({ form }) => !form.startsWith('UTF-16'));

  it.each(all)('is taken out ($form)', ({ bytes }) => {
    const clean = scrubbed(`before ${bytes.toString()} after`);
    const search = openSearch();
    search.add([[secret, 'secret']]);
    expect(clean).toMatch(/^before .* after$/s);
    expect(search.in({ name: 'text', bytes: Buffer.from(clean) })).toEqual([]);
  });

  it('is taken out where line ends cut its base64 in pieces', () => {
    const wrapped = Buffer.from(secret)
      .toString('base64')
      .replaceAll(/(.{16})/g, '$1\n  ');
    expect(scrubbed(`before\n${wrapped}\nafter`)).toMatch(/^before\n\*\*\*\w?=*\s*after$/);
  });
});

describe('what this process never held', () => {
  const key = `${'kQ4/'.repeat(21)}a+==`;
  it.each([
    ['an account key', `key ${key}.`],
    ['an account key, percent-encoded', encodeURIComponent(`"${key}"`)],
    ['an account key, as Go writes JSON', `"${key.replaceAll('=', '\\u003d')}"`],
    [
      'a connection string',
      `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abcdefgh1;x=y`,
    ],
    ['a signature', 'https://a.blob.core.windows.net/c/b?sv=1&sig=abcdefghijkl%2Bm%3D&se=2'],
    ['a field of JSON', '{"adminPassword": "abcdefgh1", "name": "x"}'],
    ['a field of JSON in JSON', '{\\"primaryKey\\":\\"abcdefgh1\\"}'],
    ['a token of Entra', 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwcyJ9.c2lnbmF0dXJl'],
    ['a token of GitHub', 'ghs_0123456789abcdefghijklmnopqr'],
    ['a bearer', 'Authorization: Bearer abcdefghijklmnopqrst'],
    ['a password alone in an address', 'https://:abcdefgh1@mirror.example.org/simple'],
    ['a login in an address', 'https://user:abcdefgh1@mirror.example.org/simple'],
  ])('is known by its shape: %s', (_, text) => {
    const clean = scrubbed(text);
    expect(clean).toContain('***');
    expect(clean).not.toMatch(/abcdefgh1|abcdefghijkl|kQ4\/kQ4|c2lnbmF0dXJl|0123456789/);
  });

  it.each([
    'sha512-kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/kQ4/a+==',
    'workspace_storage_auth = "key"',
    'admin_password = (sensitive value)',
    'https://github.com/owner/name/actions/runs/1',
    'plan 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    '| jumpbox password | done |',
    'https://vault.azure.net/secrets/inference-api-key',
    'Who signs in with a bearer token is let in.',
  ])('is not mistaken for one: %s', (text) => {
    expect(scrubbed(text)).toBe(text);
  });

  it('leaves other text alone, and takes no longer for long ones', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 200, mode: 'words' }), (text) => {
        expect(scrubbed(text)).toBe(text);
      }),
      { numRuns: 20 },
    );
    for (const long of ['a', '\\', ':'].map((one) => `https://${one.repeat(300_000)}`)) {
      // not by Jest: it would show all of it
      expect(scrubbed(long) === long).toBe(true);
    }
  });
});

describe('structures and streams', () => {
  it('are cleaned at every depth, and keep their shape', () => {
    const body = {
      title: 'x',
      labels: ['a'],
      deep: [{ body: `see ${secrets[2]}`, n: 1, o: null }],
    };
    expect(scrubbedDeep(body)).toEqual({
      title: 'x',
      labels: ['a'],
      deep: [{ body: 'see ***', n: 1, o: null }],
    });
  });

  it('let masks pass, and nothing else', () => {
    const written: (string | Uint8Array)[] = [];
    const stream = { write: (chunk: string | Uint8Array): boolean => written.push(chunk) > 0 };
    guardStreams([stream]);
    remember('a-late-secret');
    stream.write(`::add-mask::a-late-secret\nand a-late-secret\n`);
    stream.write(Buffer.from('bytes of a-late-secret'));
    const bytes = Buffer.from([0xff, 0x00]);
    stream.write(bytes);
    expect(written).toEqual(['::add-mask::a-late-secret\nand ***\n', 'bytes of ***', bytes]);
  });
});
