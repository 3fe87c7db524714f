import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openSearch } from '../../../local-azure/secrets/search.ts';
import { filesIn, openWatch, refuseLeaks } from '../../../local-azure/secrets/watch.ts';
import { gzipSync } from 'node:zlib';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../support/site.ts';

/** Every kind of character that some encoding changes. */
const secret = 'p<a>s&s"w/o+r=d\'~é-0123456789';
const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function finds(value: string, bytes: string | Buffer): boolean {
  const search = openSearch();
  search.add([[value, 'secret']]);
  return search.in({ name: 'log', bytes: Buffer.from(bytes) }).length > 0;
}

const forms: readonly (readonly [string, string | Buffer])[] = [
  ['as it is', secret],
  ['in base64', base64(secret)],
  ['in base64, one byte in', base64(`x${secret}yz`)],
  ['in base64, two bytes in', base64(`xy${secret}z`)],
  ['in base64url', Buffer.from(`x${secret}`).toString('base64url')],
  ['in hex', Buffer.from(secret).toString('hex')],
  ['in upper-case hex', Buffer.from(secret).toString('hex').toUpperCase()],
  ['percent-encoded', encodeURIComponent(secret)],
  ['percent-encoded in lower case', encodeURIComponent(secret).toLowerCase()],
  ['in a form', new URLSearchParams({ secret }).toString()],
  ['in JSON', json(secret)],
  ['in JSON in JSON', json(json(secret))],
  [
    'in JSON as Go writes it',
    json(secret).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026'),
  ],
  [
    'in HTML',
    secret
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
  ],
  ['in UTF-16LE', Buffer.from(secret, 'utf16le')],
  ['in UTF-16BE', Buffer.from(secret, 'utf16le').swap16()],
  ['in base64 of UTF-16LE', Buffer.from(secret, 'utf16le').toString('base64')],
  ['cut in two', `${secret.slice(0, 20)}\n${secret.slice(20)}`],
  ['wrapped base64', base64(secret).replace(/(.{25})/, '$1\n')],
];

describe('the search for secrets', () => {
  it.each(forms)('finds one %s, in the middle of other things', (_, form) => {
    const before = Buffer.from('ten lines\n'.repeat(10));
    expect(finds(secret, Buffer.concat([before, Buffer.from(form), before]))).toBe(true);
  });

  it('finds a line of one that has several', () => {
    expect(
      finds('-----BEGIN KEY-----\nMIIEvQIBADANBgkq\n-----END KEY-----', 'MIIEvQIBADANBgkq'),
    ).toBe(true);
  });

  it('finds any value at any place', () => {
    const encodings = [(text: string) => text, base64, encodeURIComponent, json] as const;
    fc.assert(
      fc.property(
        fc.string({ minLength: 12, maxLength: 60, unit: 'grapheme' }),
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...encodings),
        (value, around, encode) => {
          expect(finds(value, Buffer.concat([around, Buffer.from(encode(value)), around]))).toBe(
            true,
          );
        },
      ),
    );
  });

  it('says where, without repeating it', () => {
    const watch = openWatch();
    watch.tell([[secret, 'pass key']]);
    const leaks = watch.look([{ name: 'summary.md', bytes: Buffer.from(`one\ntwo: ${secret}`) }]);
    const refusal = (): void => refuseLeaks(leaks);
    expect(refusal).toThrow('pass key (as it is): summary.md, line 2, after "two: "');
    expect(refusal).not.toThrow(secret);
  });

  it('reads files in folders, packed ones too', async () => {
    const { folder, remove } = temporaryFolder();
    writeFileSync(join(folder, 'log.gz'), gzipSync(secret));
    const watch = openWatch();
    watch.tell([[secret, 'pass key']]);
    expect(watch.look(await filesIn(folder)).length).toBeGreaterThan(0);
    expect(await filesIn(join(folder, 'nowhere'))).toEqual([]);
    remove();
  });
});
