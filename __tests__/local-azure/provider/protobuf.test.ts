import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decode, encode } from '../../../local-azure/provider/plugin/protobuf.ts';
import type { MessageShape } from '../../../local-azure/provider/plugin/protobuf.ts';

const inner: MessageShape = {
  1: { name: 'text', type: 'string' },
  3: { name: 'index', type: 'index' },
};
const shape: MessageShape = {
  1: { name: 'text', type: 'string' },
  2: { name: 'count', type: 'int' },
  3: { name: 'yes', type: 'bool' },
  4: { name: 'items', type: inner, repeated: true },
  15: { name: 'raw', type: 'bytes' },
  16: { name: 'words', type: 'string', repeated: true },
};

describe('protobuf', () => {
  it('reads back what it wrote', () => {
    const message = fc.record({
      text: fc.string({ minLength: 1, unit: 'grapheme' }),
      count: fc.integer({ min: 1, max: 2 ** 40 }),
      yes: fc.constant(true),
      items: fc.array(fc.record({ text: fc.string({ minLength: 1 }), index: fc.nat() }), {
        minLength: 1,
      }),
      raw: fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes)),
      words: fc.array(fc.string(), { minLength: 1 }),
    });
    fc.assert(
      fc.property(message, (each) => expect(decode(shape, encode(shape, each))).toEqual(each)),
    );
  });

  it('leaves out what proto3 leaves out, but an index of 0 stays', () => {
    expect(encode(shape, { text: '', count: 0, yes: false })).toHaveLength(0);
    expect(decode(inner, encode(inner, { index: 0 }))).toStrictEqual({ index: 0 });
  });

  it('skips fields it does not know', () => {
    const wide: MessageShape = {
      ...shape,
      99: { name: 'new', type: 'string' },
      98: { name: 'n', type: 'int' },
    };
    expect(decode(shape, encode(wide, { text: 'a', new: 'b', n: 7 }))).toStrictEqual({ text: 'a' });
  });

  it('throws on a message that is cut off', () => {
    const bytes = encode(shape, { text: 'abc' });
    expect(() => decode(shape, bytes.subarray(0, -1))).toThrow('ends inside a field');
  });
});
