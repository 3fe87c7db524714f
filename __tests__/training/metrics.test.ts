import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { readCsv } from '../../src/training/csv.ts';
import { epochsIn, testIn } from '../../src/training/metrics.ts';

/** As InnerEye-DeepLearning 69a64d1 wrote it for HelloWorld (seed 42, CPU). */
const trained = `subject_count,loss,learning_rate,Dice/AverageAcrossStructures,Dice/region,Dice/region_1,VoxelCount/region,VoxelCount/region_1,epoch,cross_validation_split_index
3.000000,0.495836,0.000100,0.422954,0.213061,0.632847,130907.664062,130907.664062,0,-1
3.000000,0.495777,0.000100,0.422788,0.213105,0.632472,130757.335938,130757.335938,1,-1
`;
const tested = `Patient,Structure,Dice,HausdorffDistance_mm,MeanDistance_mm
6,region,0.337,3.000,0.707
6,region_1,0.599,2.000,0.391
`;

describe('the figures of a training', () => {
  it('are read epoch by epoch', () => {
    expect(epochsIn(trained)).toEqual([
      { epoch: 0, loss: 0.495836, dice: 0.422954 },
      { epoch: 1, loss: 0.495777, dice: 0.422788 },
    ]);
  });

  it('leave out what is no number, no epoch, or only half there', () => {
    const csv =
      'loss,epoch,Dice/AverageAcrossStructures\n0.5,1,nan\ninf,2,0.1\n0.4,x,0\n0.3,3\n0.2,1,';
    expect(epochsIn(csv)).toEqual([
      { epoch: 1, loss: 0.2, dice: undefined },
      { epoch: 2, loss: undefined, dice: 0.1 },
    ]);
  });

  it('are none where there is no such file, or another one', () => {
    for (const text of ['', '\n', '<html>', '{"error":1}', '"', 'epoch', 'a"b,c']) {
      expect(epochsIn(text)).toEqual([]);
      expect(testIn(text)).toEqual({ test: [], testMean: undefined });
    }
  });

  it('of the test set are told by structure, and no patient is named', () => {
    const { test, testMean } = testIn(tested);
    expect(test).toEqual([
      { structure: 'region', images: 1, mean: 0.337, worst: 0.337 },
      { structure: 'region_1', images: 1, mean: 0.599, worst: 0.599 },
    ]);
    expect(testMean).toBeCloseTo(0.468, 6);
  });

  it('of the test set are averaged over the images, as InnerEye does', () => {
    const { test, testMean } = testIn('Patient,Structure,Dice\nA,x,1\nA,y,0\nB,x,0.8\nC,x,\n');
    expect(test[0]).toMatchObject({ structure: 'x', images: 2, worst: 0.8 });
    expect(testMean).toBeCloseTo((0.5 + 0.8) / 2, 9);
  });
});

describe('a CSV text', () => {
  it('comes back as it was written', () => {
    const cell = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 20 }), (rows) => {
        const written = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const text = ['a,b', ...rows.map((row) => row.map(written).join(','))].join('\r\n');
        const back = readCsv(text).map((row) => [row.get('a'), row.get('b')]);
        expect(back).toEqual(rows);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '1'), maxLength: 60 }),
        (text) => {
          expect(Array.isArray(readCsv(text))).toBe(true);
        },
      ),
    );
  });
});
