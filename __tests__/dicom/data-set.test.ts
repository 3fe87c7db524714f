import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DicomRefused, itemsOf, readDicom, textOf } from '../../src/dicom/data-set.ts';
import { dicom, explicit, implicit, items, syntaxes, undefinedLength } from './bytes.ts';

const rois = 0x3006_0020;
const roiName = 0x3006_0026;
const names = (bytes: Buffer): (string | undefined)[] | undefined =>
  itemsOf(readDicom(bytes, [rois]).dataSet, rois)?.map((roi) => textOf(roi, roiName));
const refusal = (bytes: Buffer): string => {
  try {
    readDicom(bytes, [rois]);
  } catch (error) {
    return error instanceof DicomRefused ? error.message : `not refused: ${String(error)}`;
  }
  return 'taken';
};
const named = (name: string): Buffer => explicit(0x3006, 0x0026, 'LO', name);

describe('the reader of DICOM', () => {
  it.each([true, false])('reads a sequence whose length is defined: %s', (isDefined) => {
    const content = items([named('one '), named('two ')], isDefined);
    const sequence = explicit(
      0x3006,
      0x0020,
      'SQ',
      content,
      isDefined ? content.length : undefinedLength,
    );
    const bytes = dicom(syntaxes.explicit, sequence, explicit(0x3006, 0x0099, 'LO', 'behind'));
    expect(names(bytes)).toEqual(['one', 'two']);
    expect(textOf(readDicom(bytes, [rois]).dataSet, 0x3006_0099)).toBe('behind');
  });

  it.each([true, false])('reads Implicit VR, with lengths defined: %s', (isDefined) => {
    const content = items([implicit(0x3006, 0x0026, 'one ')], isDefined);
    const length = isDefined ? content.length : undefinedLength;
    const bytes = dicom(syntaxes.implicit, implicit(0x3006, 0x0020, content, length));
    expect(names(bytes)).toEqual(['one']);
  });

  it('steps over sequences that nobody asked for, however they are nested', () => {
    const inner = items([named('no')], false);
    const outer = items([explicit(0x3006, 0x0040, 'SQ', inner, undefinedLength)], false);
    const bytes = dicom(
      syntaxes.explicit,
      explicit(0x3006, 0x0010, 'SQ', outer, undefinedLength),
      explicit(0x3006, 0x0020, 'SQ', items([named('yes ')], true)),
    );
    expect(names(bytes)).toEqual(['yes']);
  });

  it('reads what is unknown and of undefined length as Implicit VR', () => {
    const unknown = items([implicit(0x3006, 0x0026, 'no')], false);
    const bytes = dicom(
      syntaxes.explicit,
      explicit(0x3005, 0x0010, 'UN', unknown, undefinedLength),
      explicit(0x3006, 0x0020, 'SQ', items([named('yes ')], true)),
    );
    expect(names(bytes)).toEqual(['yes']);
  });

  it('gives what stands before the end of a head, and says that it was cut', () => {
    const whole = dicom(
      syntaxes.explicit,
      explicit(0x0008, 0x0060, 'CS', 'RTSTRUCT'),
      explicit(0x3006, 0x0020, 'SQ', items([named('one ')], true)),
    );
    for (let length = 132; length < whole.length; length += 1) {
      const { dataSet, cut } = readDicom(whole.subarray(0, length), [rois]);
      // A head that ends between two elements cannot be told from a whole file.
      if (cut) expect(itemsOf(dataSet, rois)).toBeUndefined();
    }
    expect(readDicom(whole, [rois]).cut).toBe(false);
  });

  it.each([
    ['something else', Buffer.alloc(200), /does not begin/],
    ['a compressed transfer syntax', dicom('1.2.840.10008.1.2.4.70'), /Little Endian/],
    [
      'an element without a value representation',
      dicom(syntaxes.explicit, implicit(0x0008, 0x0060, 'RTSTRUCT')),
      /no value representation/,
    ],
    [
      'a stray item',
      dicom(syntaxes.explicit, implicit(0xfffe, 0xe000)),
      /where none can be|no value/,
    ],
    [
      'a sequence of something else',
      dicom(syntaxes.explicit, explicit(0x3006, 0x0020, 'SQ', named('one '))),
      /something else than items/,
    ],
    [
      'an item that is longer than its sequence',
      dicom(
        syntaxes.explicit,
        explicit(0x3006, 0x0020, 'SQ', items([named('one ')], true), 10),
        Buffer.alloc(64),
      ),
      /longer than its/,
    ],
  ])('refuses %s', (_what, bytes, message) => {
    expect(refusal(bytes)).toMatch(message);
  });

  it('refuses sequences that lie in each other without an end', () => {
    let deep = items([named('no')], false);
    for (let level = 0; level < 40; level += 1) {
      deep = items([explicit(0x3006, 0x0010, 'SQ', deep, undefinedLength)], false);
    }
    const bytes = dicom(syntaxes.explicit, explicit(0x3006, 0x0010, 'SQ', deep, undefinedLength));
    expect(refusal(bytes)).toMatch(/too deep/);
  });

  it('never fails otherwise, whatever the bytes are', () => {
    const whole = dicom(
      syntaxes.explicit,
      explicit(0x3006, 0x0010, 'SQ', items([named('a '), named('b ')], false), undefinedLength),
      explicit(0x3006, 0x0020, 'SQ', items([named('one ')], true)),
    );
    const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    const broken = fc.array(change, { maxLength: 12 }).map((changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes;
    });
    const noise = fc
      .uint8Array({ maxLength: 400 })
      .map((tail) => dicom(syntaxes.explicit, Buffer.from(tail)));
    fc.assert(
      fc.property(fc.oneof(broken, noise), (bytes) => {
        expect(refusal(bytes)).not.toMatch(/^not refused/);
      }),
      { numRuns: 400 },
    );
  });
});
