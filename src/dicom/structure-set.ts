import { itemsOf, readDicom, textOf } from './data-set.ts';

/** What the head of an RT structure set (DICOM PS3.3, A.19) tells. */
export interface StructureSet {
  readonly modality: string | undefined;
  readonly sopClass: string | undefined;
  readonly softwareVersions: string | undefined;
  readonly studyUid: string | undefined;
  /** Names of the regions, in order; undefined where the bytes have none, or end before the last of them. */
  readonly roiNames: readonly string[] | undefined;
}

/** SOP class RT Structure Set Storage. */
export const structureSetStorage = '1.2.840.10008.5.1.4.1.1.481.3';

const structureSetRois = 0x3006_0020;
const roiName = 0x3006_0026;

/**
 * Reads the head of a structure set: the names of its regions stand before their contours, which are
 * nearly all of the file. Throws DicomRefused where the bytes are no DICOM.
 */
export function readStructureSet(head: Buffer): StructureSet {
  const { dataSet } = readDicom(head, [structureSetRois]);
  const rois = itemsOf(dataSet, structureSetRois);
  return {
    modality: textOf(dataSet, 0x0008_0060),
    sopClass: textOf(dataSet, 0x0008_0016),
    softwareVersions: textOf(dataSet, 0x0018_1020),
    studyUid: textOf(dataSet, 0x0020_000d),
    roiNames: rois?.map((roi) => textOf(roi, roiName) ?? ''),
  };
}
