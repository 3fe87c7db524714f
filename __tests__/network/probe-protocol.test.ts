import { spawn } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Problem } from '../../src/errors.ts';
import { roomOf, textOfPart } from '../../src/network/body-part.ts';
import { batches, decodeSights, encodeLooks, longest } from '../../src/network/probe-protocol.ts';
import type { Look, Sight } from '../../src/network/vantage.ts';

const get = (name: string, more: Partial<Look> = {}): Look => ({
  ...{ name, method: 'GET', url: `http://${name}.test/` },
  ...more,
});
const line = (name: string, body: string, all = body.length): string =>
  `${name} 0 200,10.1.0.7,0.1 - ${all} h ${Buffer.from(body).toString('base64')}.`;
const framed = (...lines: string[]): string =>
  `looks 1\n${lines.join('\n')}\nend ${lines.length}\n`;

let server: Server;
let proxy: string;
let bodies: readonly Buffer[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const at = Number(/^http:\/\/look-(\d+)\./.exec(request.url ?? '')?.[1]);
    response.setHeader('Content-Type', `text/${'x'.repeat(at * 40)}`);
    response.setHeader('Server', 'y'.repeat(100));
    response.end(bodies[at]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

/** What the script prints, run by bash with curl. */
async function run(looks: readonly Look[]): Promise<Buffer> {
  const child = spawn('bash', ['-s'], {
    env: { PATH: process.env['PATH'] ?? '', http_proxy: proxy, LOOKS: encodeLooks(looks) },
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  const { readFile } = await import('node:fs/promises');
  child.stdin.end(await readFile('src/network/probe.sh'));
  await new Promise((resolve) => child.on('close', resolve));
  return Buffer.concat(output);
}

const body = fc.oneof(
  fc.uint8Array({ maxLength: 6000 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ unit: 'grapheme', maxLength: 3000 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom('é'.repeat(3000), '€\n'.repeat(900), '𝄞'.repeat(900), '')
    .map((text) => Buffer.from(text)),
);
const kind = fc.record(
  {
    bytes: fc.integer({ min: 0, max: 2400 }),
    part: fc.constantFrom('start', 'end'),
    resolve: fc.boolean(),
    pick: fc.constantFrom('€', 'a'),
  },
  { requiredKeys: [] },
);

/** What must come home of a body, computed another way than the script does. */
function expected(look: Look, whole: Buffer): { bytes: Buffer; cut: boolean } {
  const room = look.bytes ?? 220;
  const from = look.part === 'end' ? Math.max(0, whole.length - room) : 0;
  return { bytes: whole.subarray(from, from + room), cut: whole.length > room };
}

describe('the probe’s protocol', () => {
  it('stays below the bytes that Azure keeps, whatever is looked at and whatever answers', async () => {
    const cases = fc.array(fc.tuple(kind, body), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(cases, async (drawn) => {
        bodies = drawn.map(([, bytes]) => bytes);
        const looks = drawn.map(([more], at) => get(`look-${at}`, more as Partial<Look>));
        const runs = batches(looks);
        const sights: Sight[] = [];
        for (const batch of runs) {
          const output = await run(batch);
          expect(output.length).toBeLessThanOrEqual(4096);
          sights.push(...decodeSights(output.toString(), batch));
        }
        expect(runs.flat()).toEqual(looks);
        looks.forEach((look, at) => {
          expect(sights[at]).toMatchObject({ name: look.name, status: 200, failure: undefined });
          if (look.pick !== undefined) return;
          const { bytes, cut } = expected(look, bodies[at] ?? Buffer.alloc(0));
          expect(sights[at]?.cut).toBe(cut);
          expect(sights[at]?.body).toBe(textOfPart(bytes, cut, look.part));
        });
      }),
      { numRuns: 10 },
    );
  }, 60_000);

  it('brings a body home in slices, none lost and none twice, however well it folds', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 9000 }).map((bytes) => Buffer.from(bytes)),
      fc
        .nat({ max: 40_000 })
        .map((times) => Buffer.from('epoch 1: loss 0.25\n'.repeat(times / 19))),
    );
    await fc.assert(
      fc.asyncProperty(piece, fc.integer({ min: 1, max: 30_000 }), async (whole, most) => {
        bodies = [whole];
        const home: Buffer[] = [];
        let from = 0;
        for (let runs = 0; runs < 40; runs += 1) {
          const looks = [get('look-0', { slice: { from, most } })];
          const output = await run(looks);
          expect(output.length).toBeLessThanOrEqual(4096);
          const [sight] = decodeSights(output.toString(), looks);
          expect(sight?.slice?.size).toBe(whole.length);
          const bytes = sight?.slice?.bytes ?? Buffer.alloc(0);
          if (bytes.length === 0) break;
          expect(bytes.length).toBeLessThanOrEqual(most);
          home.push(bytes);
          from += bytes.length;
        }
        expect(Buffer.concat(home)).toEqual(whole.subarray(0, from));
        expect(from).toBeGreaterThanOrEqual(Math.min(whole.length, most, 2000));
      }),
      { numRuns: 6 },
    );
  }, 60_000);

  it('brings home no more than a few headers, however long they are', async () => {
    bodies = [];
    const looks = Array.from({ length: 13 }, (_, at) => get(`look-${at}`, { bytes: 0 }));
    const [batch = []] = batches(looks);
    expect(batch.length).toBeGreaterThan(11);
    const output = await run(batch);
    expect(output.length).toBeLessThanOrEqual(4096);
    expect(decodeSights(output.toString(), batch)).toHaveLength(batch.length);
  });

  it('has room for the longest that each field may be', () => {
    const name = (at: number): string => `${String(at).padStart(2, '0')}${'n'.repeat(38)}`;
    const long = Array.from({ length: 40 }, (_, at) =>
      get(name(at), { bytes: at * 60, resolve: at % 2 === 0 }),
    );
    const short = Array.from({ length: 26 }, (_, at) =>
      get(String.fromCharCode(97 + at), { bytes: 0 }),
    );
    for (const batch of [...batches(long), ...batches(short)]) {
      const lines = batch.map((look) =>
        [
          ...[look.name, 'linked', 's'.repeat(60), look.resolve ? '1'.repeat(63) : '-'],
          ...[
            '9'.repeat(15),
            `h${'A'.repeat(216)}`,
            `${'A'.repeat(4 * Math.ceil((look.bytes ?? 0) / 3))}.`,
          ],
        ].join(' '),
      );
      expect(framed(...lines).length).toBeLessThanOrEqual(4096);
    }
  });

  it('splits what would be too much to send, and refuses one look that is', () => {
    const looks = Array.from({ length: 4 }, (_, at) =>
      get(`look-${at}`, { bytes: 0, method: 'POST', body: 'x'.repeat(25_000) }),
    );
    const runs = batches(looks);
    expect(runs.flat()).toEqual(looks);
    expect(runs.length).toBeGreaterThan(1);
    for (const batch of runs) expect(encodeLooks(batch).length).toBeLessThan(131_072);
    expect(() => encodeLooks([get('one', { body: 'x'.repeat(100_000) })])).toThrow(/too large/);
  });

  it('gives a script the time that its looks may take', () => {
    expect(longest([get('a', { seconds: 10 }), get('b', { linked: 'log' })])).toBe(70 + 120);
  });

  it.each([[[get('a'), get('a')]], [[get('no name')]], [[get('')]]])(
    'sends no looks without a name of their own',
    (looks) => expect(() => encodeLooks(looks)).toThrow(/names of their own/),
  );
});

describe('what comes back from the probe', () => {
  const looks = [get('one'), get('two', { bytes: 9 })];
  const good = framed(line('one', 'first'), line('two', 'second'));
  const decoded = (output: unknown): readonly Sight[] | 'refused' => {
    try {
      return decodeSights(output, looks);
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      return 'refused';
    }
  };

  it('is read line by line', () => {
    expect(decodeSights(good, looks).map(({ name, body: text }) => [name, text])).toEqual([
      ['one', 'first'],
      ['two', 'second'],
    ]);
    expect(decodeSights(good.replaceAll('\n', '\r\n'), looks)).toHaveLength(2);
  });

  it.each([
    ['nothing', ''],
    ['no text', 42],
    ['nothing at all', undefined],
    ['the lines in another order', framed(line('two', 'b'), line('one', 'a'))],
    ['the line of one look twice', framed(line('one', 'a'), line('one', 'b'))],
    ['a line in front', `x\n${good}`],
    ['a line behind', `${good}x\n`],
    ['a line between', good.replace('\ntwo', '\n::error::x\ntwo')],
    ['a line too few', framed(line('one', 'a'))],
    ['an end that counts otherwise', good.replace('end 2', 'end 3')],
    ['a start that was cut off', good.slice(3)],
    ['more of a body than was asked for', framed(line('one', 'a'), line('two', 'a'.repeat(10)))],
    ['more of a body than there was', framed(line('one', 'abc', 2), line('two', 'b'))],
    ['an address that is none', good.replace(' - 5 ', ' 10.1.0.700 5 ')],
    ['an address too many dots long', good.replace(' - 5 ', ' 10.1..7,1.2.3.4 5 ')],
    ['a body that is no base64', good.replace('Zmly', 'Zm*y')],
  ])('is refused where it is %s', (_, output) => {
    expect(decoded(output)).toBe('refused');
  });

  it.each([
    ['that is not compressed', Buffer.from('text'), 4],
    ['that unfolds to more than was asked for', gzipSync('x'.repeat(11)), 100],
    ['that says more than there was', gzipSync('xxxx'), 8],
  ])('is refused where it holds a slice %s', (_, sent, all) => {
    const sliced = [get('one', { slice: { from: 5, most: 10 } })];
    const output = framed(`one 0 200,,0.1 - ${all} h ${sent.toString('base64')}.`);
    expect(() => decodeSights(output, sliced)).toThrow(Problem);
  });

  it('is refused or right, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.anything()), (output) => {
        expect(decoded(output)).toBe('refused');
      }),
      { numRuns: 500 },
    );
  });

  it('never becomes a sight of another look, wherever it was changed', () => {
    const change = fc.record({
      at: fc.nat({ max: good.length }),
      length: fc.nat({ max: 12 }),
      put: fc.oneof(
        fc.string({ maxLength: 8 }),
        fc.constantFrom('\n', 'one', 'two', '.\n', 'end 2', '200', '-', '=', '\u0000', '\u2028'),
      ),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const output = changes.reduce(
          (text, { at, length, put }) => text.slice(0, at) + put + text.slice(at + length),
          good,
        );
        const sights = decoded(output);
        if (sights === 'refused') return;
        expect(sights.map(({ name }) => name)).toEqual(['one', 'two']);
        sights.forEach((sight, index) => {
          const own = output.split(/\r?\n/)[index + 1] ?? '';
          expect(own.startsWith(`${looks[index]?.name} `)).toBe(true);
          expect(Buffer.byteLength(sight.body)).toBeLessThanOrEqual(3 * roomOf(looks[index] ?? {}));
          expect(sight.status === undefined).toBe(sight.failure !== undefined);
          expect(sight.status ?? 200).toBeGreaterThanOrEqual(100);
          expect(Number.isFinite(sight.seconds)).toBe(true);
        });
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps no header of which only a part came home', () => {
    const headers = Buffer.from('content-type: text/plain\nx-ms-error-code: Authorization');
    const [sight] = decodeSights(
      framed(`one 0 403,,0.1 - 0 h${headers.toString('base64')} .`, line('two', 'b')),
      looks,
    );
    expect(sight?.headers).toEqual({ 'content-type': 'text/plain' });
  });

  it.each([
    ['7', '000', 'unreached'],
    ['28', '000', 'unreached'],
    ['35', '000', 'unreached'],
    ['52', '000', 'unreached'],
    ['56', '000', 'unreached'],
    ['60', '000', 'untrusted'],
    ['5', '000', 'unsure'],
    ['6', '000', 'unsure'],
    ['3', '000', 'unsure'],
    ['127', '000', 'unsure'],
    ['0', '000', 'unsure'],
    ['token', '400', 'token'],
    ['secret', '403', 'secret'],
    ['linked', '404', 'linked'],
  ])('tells of the other side only what curl’s exit %s tells', (ending, status, kindOfFailure) => {
    const [sight] = decodeSights(
      framed(`one ${ending} ${status},,0.1 - 0 h .`, line('two', 'b')),
      looks,
    );
    expect(sight).toMatchObject({ status: undefined, failure: { kind: kindOfFailure } });
  });

  it.each(['18', '28', '56', '63'])('is an answer where it broke off: curl’s exit %s', (ending) => {
    const [sight] = decodeSights(
      framed(`one ${ending} 200,10.1.0.7,0.1 - 0 h .`, line('two', 'b')),
      looks,
    );
    expect(sight).toMatchObject({ status: 200, failure: undefined, cut: true });
  });
});

describe('a part of a body', () => {
  const clef = Buffer.from('a𝄞b');

  it.each([
    [1, 'start', 'a'],
    [2, 'start', 'a'],
    [4, 'start', 'a'],
    [5, 'start', 'a𝄞'],
    [1, 'end', 'b'],
    [2, 'end', 'b'],
    [4, 'end', 'b'],
    [5, 'end', '𝄞b'],
  ] as const)('of %i bytes from the %s holds whole characters', (room, end, text) => {
    const part = end === 'start' ? clef.subarray(0, room) : clef.subarray(clef.length - room);
    expect(textOfPart(part, true, end)).toBe(text);
  });

  it('that was not cut is taken as it is', () => {
    expect(textOfPart(Buffer.from([0xf0, 0x9d]), false)).toBe('\ufffd');
    expect(textOfPart(Buffer.from('\ufeffa'), true)).toBe('\ufeffa');
  });

  it('is never larger than what fits', () => {
    expect(
      [undefined, -1, 7.9, 9999].map((bytes) => roomOf(bytes === undefined ? {} : { bytes })),
    ).toEqual([220, 0, 7, 2400]);
  });
});
