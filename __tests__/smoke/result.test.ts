import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { Look, Sight, Vantage } from '../../src/network/vantage.ts';
import { zipOf } from '../../src/packaging/zip.ts';
import { judgeResult } from '../../src/smoke/result.ts';
import { running, unreached } from '../support/contract-app.ts';
import { realHead, realSize, realTail } from './real-result.ts';
import type { Wanted } from './structure-sets.ts';
import { resultZip } from './structure-sets.ts';

const look: Look = { name: 'segmentation', method: 'GET', url: 'https://app.test/v1/x' };
const model = { name: 'HelloWorld', version: '3' };

/** A vantage point that brings slices of a body home as the probe does: as much as fits, compressed. */
function slicing(zip: Buffer, asked: Look[] = []): Vantage {
  return {
    look: async (looks) => {
      asked.push(...looks);
      expect(looks).toHaveLength(1);
      return looks.map(({ name, slice }): Sight => {
        const { from, most } = slice ?? { from: 0, most: 0 };
        let bytes = zip.subarray(from, from + most);
        while (gzipSync(bytes).length > 2400) bytes = bytes.subarray(0, bytes.length - 64);
        return { ...running.zip, name, slice: { bytes, size: zip.length } };
      });
    },
  };
}

const judged = (zip: Buffer, asked: Look[] = [], version = model) =>
  judgeResult(look, slicing(zip, asked), version);

describe('the result of a scoring', () => {
  it.each([true, false])('is taken where it is right, lengths defined: %s', async (isDefined) => {
    const zip = resultZip({ isDefined });
    expect(await judged(zip)).toEqual({
      faults: [],
      roiNames: ['region', 'region_1'],
      size: zip.length,
    });
  });

  it('is taken where InnerEye itself made it', async () => {
    const vantage: Vantage = {
      look: async ([one]) => {
        const bytes = one?.slice?.from === 0 ? realHead : realTail;
        return [{ ...running.zip, name: one?.name ?? '', slice: { bytes, size: realSize } }];
      },
    };
    expect(await judgeResult(look, vantage, model)).toEqual({
      ...{ faults: [], roiNames: ['region', 'region_1'], size: realSize },
    });
  });

  it('is judged by its ends alone where it is large', async () => {
    const asked: Look[] = [];
    const zip = resultZip({ contours: 400_000 });
    expect((await judged(zip, asked)).faults).toEqual([]);
    expect(asked.map(({ name, slice }) => [name, slice?.from])).toEqual([
      ['segmentation-head', 0],
      ['segmentation-tail', zip.length - 1024],
    ]);
  });

  it('is fetched further where the names stand behind what came first, but not for ever', async () => {
    const regions = Array.from({ length: 900 }, (_, at) => `r${((at * 7919) % 99991) ** 2}`);
    const asked: Look[] = [];
    const { faults } = await judged(resultZip({ regions, contours: 50_000 }), asked, {
      name: 'Other',
      version: '3',
    });
    expect(faults).toContain('SoftwareVersions "HelloWorld:3" instead of Other:3');
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.length).toBeLessThanOrEqual(5);
  });

  const wrong: readonly (readonly [string, Wanted, RegExp])[] = [
    [
      'another model',
      { model: 'HelloWorld:2' },
      /SoftwareVersions "HelloWorld:2" instead of HelloWorld:3/,
    ],
    ['other regions', { regions: ['region'] }, /regions region instead of region, region_1/],
    [
      'regions in another order',
      { regions: ['region_1', 'region'] },
      /regions region_1, region instead/,
    ],
    ['no regions', { regions: [] }, /regions none instead/],
    ['an image', { modality: 'CT' }, /modality "CT" instead of RTSTRUCT/],
    ['another class', { sopClass: '1.2.840.10008.5.1.4.1.1.2' }, /another SOP class/],
    ['somebody else’s study', { study: '1.2.3' }, /another study/],
  ];

  it.each(wrong)('is refused for %s', async (_what, wanted, fault) => {
    const { faults } = await judged(resultZip(wanted));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(fault);
  });

  it('needs one region at least of a model whose regions are not known', async () => {
    const other = { name: 'Prostate', version: '7' };
    const of = (regions: string[]) =>
      judged(resultZip({ model: 'Prostate:7', regions }), [], other);
    expect((await of(['bladder'])).faults).toEqual([]);
    expect((await of([])).faults).toEqual(['no region']);
  });

  it.each([
    ['no zip', Buffer.from('<html>'), /no zip of one file/],
    [
      'two files',
      zipOf([
        { path: 'a', content: Buffer.from('x') },
        { path: 'b', content: Buffer.from('x') },
      ]),
      /holds 2 files/,
    ],
    ['another file', resultZip({}, 'other.dcm'), /holds "other.dcm" instead/],
    [
      'something else in it',
      zipOf([{ path: 'segmentation.dcm', content: Buffer.alloc(500) }]),
      /no structure set/,
    ],
  ])('is refused where it is %s', async (_what, zip, fault) => {
    expect((await judged(zip)).faults.join()).toMatch(fault);
  });

  it('is refused where it cannot be fetched again', async () => {
    const gone: Vantage = { look: async () => [unreached('segmentation-head')] };
    expect((await judgeResult(look, gone, model)).faults[0]).toMatch(
      /could not be fetched once more/,
    );
  });

  it('shows nothing of the other side that acts', async () => {
    const { faults } = await judged(resultZip({ regions: ['x\n::error::y'] }));
    expect(faults.join()).not.toMatch(/\n|::/);
  });
});
