import { describe, expect, it } from '@jest/globals';
import { readStructureSet } from '../../src/dicom/structure-set.ts';
import { structureSet } from '../smoke/structure-sets.ts';

describe('the head of a structure set', () => {
  it.each([true, false])(
    'has all names of its regions or none, wherever it ends; lengths defined: %s',
    (isDefined) => {
      const whole = structureSet({ isDefined, contours: 20 });
      let isNamed = false;
      for (let length = 132; length <= whole.length; length += 1) {
        const { roiNames } = readStructureSet(whole.subarray(0, length));
        if (isNamed || roiNames !== undefined) expect(roiNames).toEqual(['region', 'region_1']);
        isNamed = roiNames !== undefined;
      }
      expect(isNamed).toBe(true);
    },
  );

  it('tells what it is, of which study, and by which model', () => {
    expect(readStructureSet(structureSet({ study: '1.2.3', model: 'X:1' }))).toEqual({
      ...{ modality: 'RTSTRUCT', sopClass: '1.2.840.10008.5.1.4.1.1.481.3', studyUid: '1.2.3' },
      ...{ softwareVersions: 'X:1', roiNames: ['region', 'region_1'] },
    });
  });
});
