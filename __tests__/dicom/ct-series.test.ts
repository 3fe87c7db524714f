import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { studyUid, syntheticSeries } from '../../src/dicom/ct-series.ts';
import { readDicom, textOf } from '../../src/dicom/data-set.ts';
import { uidFor } from '../../src/dicom/uid.ts';
import { zipOf } from '../../src/packaging/zip.ts';

const files = syntheticSeries();
const read = (tag: number): (string | undefined)[] =>
  files.map(({ content }) => textOf(readDicom(content, []).dataSet, tag));

/** Attributes that the CT Image IOD demands (DICOM PS3.3, A.3), and ImageType, which the converter demands. */
const demanded = [
  0x0008_0008, 0x0008_0016, 0x0008_0018, 0x0008_0020, 0x0008_0030, 0x0008_0050, 0x0008_0060,
  0x0008_0070, 0x0008_0090, 0x0010_0010, 0x0010_0020, 0x0010_0030, 0x0010_0040, 0x0018_0050,
  0x0018_0060, 0x0018_5100, 0x0020_000d, 0x0020_000e, 0x0020_0010, 0x0020_0011, 0x0020_0012,
  0x0020_0013, 0x0020_0032, 0x0020_0037, 0x0020_0052, 0x0020_1040, 0x0028_0002, 0x0028_0004,
  0x0028_0010, 0x0028_0011, 0x0028_0030, 0x0028_0100, 0x0028_0101, 0x0028_0102, 0x0028_0103,
  0x0028_1052, 0x0028_1053, 0x7fe0_0010,
];

describe('the synthetic series', () => {
  it('has every attribute that a CT image must have, in ascending order', () => {
    for (const { content } of files) {
      const { dataSet, cut } = readDicom(content, []);
      expect(cut).toBe(false);
      expect([...dataSet.keys()].filter((tag) => tag >>> 16 !== 2)).toEqual(demanded);
    }
  });

  it('is one series of one study, with slices that differ in instance and place', () => {
    const [study, series, frame] = [0x0020_000d, 0x0020_000e, 0x0020_0052].map(read);
    for (const one of [study, series, frame]) expect(new Set(one).size).toBe(1);
    expect(study?.[0]).toBe(studyUid);
    expect(new Set(read(0x0008_0018)).size).toBe(3);
    expect(read(0x0020_0032)).toEqual(['-64\\-64\\0', '-64\\-64\\3', '-64\\-64\\6']);
    expect(read(0x0008_0008)).toEqual(Array(3).fill('ORIGINAL\\PRIMARY\\AXIAL'));
  });

  it('is nobody, on no day', () => {
    expect(read(0x0010_0010)).toEqual(Array(3).fill('Synthetic^Nobody'));
    expect(read(0x0010_0030)).toEqual(['', '', '']);
    expect(read(0x0008_0020)).toEqual(Array(3).fill('20000101'));
  });

  it('has the same bytes every time', () => {
    const digest = createHash('sha256');
    for (const { content } of syntheticSeries()) digest.update(content);
    // Checked with pydicom 3: every value valid, 64 by 64 signed pixels from 24 to 1324.
    expect(digest.digest('hex')).toBe(
      'bb84e95c325fb3d6dcd25379babdd9edf95b69cd3ce0850be6d2c662f7d98fcd',
    );
  });

  it('fits into one request from the probe, flat and compressed', () => {
    const zip = zipOf(files, { compressed: true });
    expect(zip.length).toBeLessThan(20_000);
    expect(files.map(({ path }) => path)).toEqual(['slice1.dcm', 'slice2.dcm', 'slice3.dcm']);
  });
});

describe('a UID without registration', () => {
  it('is 2.25 and a UUID as a number of at most 39 digits, the same for the same name', () => {
    for (const name of ['a', 'b', 'synthetic study']) {
      const uid = uidFor(name);
      expect(uid).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
      const uuid = BigInt(uid.slice(5)).toString(16).padStart(32, '0');
      expect(uuid).toMatch(/^.{12}8.{3}[89ab].{15}$/);
      expect(uidFor(name)).toBe(uid);
    }
    expect(uidFor('a')).not.toBe(uidFor('b'));
  });
});
