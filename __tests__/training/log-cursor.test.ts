import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import type { Cursor } from '../../src/training/log-cursor.ts';
import {
  beginning,
  expectRestart,
  lastLine,
  nextPiece,
  skipTo,
  take,
} from '../../src/training/log-cursor.ts';

/** A reader of a log that only this test writes. */
function reader(most = 262_144) {
  let cursor: Cursor = beginning;
  const lines: string[] = [];
  let restarts = 0;
  return {
    lines,
    get restarts() {
      return restarts;
    },
    get cursor() {
      return cursor;
    },
    set cursor(other) {
      cursor = other;
    },
    /** Looks while the log has this content; `room` bytes come home at most. */
    look: (content: Buffer, room = most) => {
      const asked = nextPiece(cursor, most);
      const bytes = content.subarray(asked.from, asked.from + Math.min(asked.most, room));
      const taken = take(cursor, { from: asked.from, bytes, size: content.length });
      cursor = taken.cursor;
      lines.push(...taken.lines);
      if (taken.restarted) restarts += 1;
    },
    finish: () => void lines.push(...lastLine(cursor)),
  };
}

const textLine = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constant(''),
  fc.constant('x'.repeat(3000)),
);
const logText = fc
  .array(
    textLine.map((line) => line.replace(/[\r\n]/g, ' ')),
    { maxLength: 60 },
  )
  .map((lines) => lines.join('\n'));

/** What one look meets: how much has been written, how much comes home, whether the transfer breaks off. */
const meeting = fc.record({
  written: fc.double({ min: 0, max: 1, noNaN: true }),
  room: fc.integer({ min: 257, max: 5000 }),
  broken: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 3 }),
});

/** Looks until everything is there, as the end of a job does. */
function readAll(one: ReturnType<typeof reader>, log: Buffer): void {
  for (let count = 0; count < 10_000; count += 1) {
    one.look(log);
    if (!one.cursor.doubt && one.cursor.at === log.length) return;
  }
  throw new Error('it never comes to the end');
}

const linesOf = (text: string): string[] =>
  text === '' ? [] : text.replace(/\n$/, '').split('\n');

describe('the cursor of a log', () => {
  it('gives every line once, wherever pieces are cut and transfers break off', () => {
    fc.assert(
      fc.property(logText, fc.array(meeting, { maxLength: 30 }), (text, meetings) => {
        const log = Buffer.from(text);
        const one = reader();
        let written = 0;
        for (const { written: part, room, broken } of meetings) {
          written = Math.max(written, Math.floor(part * log.length));
          const arrived = broken === undefined ? written : Math.floor(broken * written);
          one.look(log.subarray(0, arrived), room);
        }
        readAll(one, log);
        one.finish();
        expect(one.lines).toEqual(linesOf(text));
        expect(one.restarts).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('begins anew where a restarted job writes another log', () => {
    fc.assert(
      fc.property(
        logText,
        logText,
        fc.integer({ min: 1, max: 5000 }),
        fc.boolean(),
        (first, second, size, isTold) => {
          const before = Buffer.from(`first run\n${first}\n`);
          const after = Buffer.from(`second run\n${second}\n`);
          // Without a word from AML, two logs are told apart by what stands where the first one ended.
          const end = (log: Buffer) =>
            log.subarray(Math.max(0, before.length - 256), before.length);
          fc.pre(isTold || !end(before).equals(end(after)));
          const one = reader();
          one.look(before);
          if (isTold) one.cursor = expectRestart(one.cursor);
          one.look(after.subarray(0, size));
          one.look(after.subarray(0, size));
          readAll(one, after);
          one.finish();
          expect(one.lines).toEqual([...linesOf(before.toString()), ...linesOf(after.toString())]);
          expect(one.restarts).toBe(1);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('knows a new log that begins like the old one, once it has grown past it', () => {
    const one = reader();
    one.look(Buffer.from('the same\nold\n'));
    one.look(Buffer.from('the same\n'));
    one.look(Buffer.from('the same\n'));
    one.look(Buffer.from('the same\nnew and longer\n'));
    readAll(one, Buffer.from('the same\nnew and longer\n'));
    expect(one.lines).toEqual(['the same', 'old', 'the same', 'new and longer']);
  });

  it('keeps half a line until its end has come', () => {
    const one = reader();
    one.look(Buffer.from('whole\nha'));
    expect(one.lines).toEqual(['whole']);
    one.look(Buffer.from('whole\nhalf\n'));
    expect(one.lines).toEqual(['whole', 'half']);
  });

  it('does not split a character', () => {
    const one = reader();
    const log = Buffer.from('grün\n');
    for (let size = 0; size <= log.length; size += 1) one.look(log.subarray(0, size));
    expect(one.lines).toEqual(['grün']);
  });

  it('gives out a line without an end in parts', () => {
    const one = reader();
    readAll(one, Buffer.from('x'.repeat(200_000)));
    one.finish();
    expect(one.lines.join('')).toBe('x'.repeat(200_000));
    expect(one.cursor.half.length).toBeLessThan(66_000);
  });

  it('leaves out what it is told to, and nothing else', () => {
    const one = reader();
    one.look(Buffer.from('one\ntw'));
    const log = Buffer.from('one\ntwo\nthree\nfour\n');
    const skipped = skipTo(one.cursor, 14);
    one.lines.push(...skipped.lines);
    one.cursor = skipped.cursor;
    readAll(one, log);
    expect(one.lines).toEqual(['one', 'tw', 'four']);
  });
});
