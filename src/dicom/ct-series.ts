import { dicomFile, element, explicitLittleEndian, unsignedShort } from './elements.ts';
import { uidFor } from './uid.ts';

/** A file to be packed. */
export interface SeriesFile {
  readonly path: string;
  readonly content: Buffer;
}

const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';
const side = 64;
const slices = 3;
/** Stored values are Hounsfield units plus this. */
const shift = 1024;

/** Study of the synthetic series; a structure set made from it names the same. */
export const studyUid = uidFor('synthetic study');
const seriesUid = uidFor('synthetic series');
const frameUid = uidFor('synthetic frame of reference');

/**
 * A CT series of nobody: three slices of 64 by 64 with a cylinder of water in air, a denser rod and a
 * lighter one in it. The same bytes every time, no date of today, no patient. It has what the CT
 * Image IOD demands (DICOM PS3.3, A.3), and ImageType, without which InnerEye's converter stops.
 */
export function syntheticSeries(): SeriesFile[] {
  return Array.from({ length: slices }, (_, index) => ({
    path: `slice${index + 1}.dcm`,
    content: sliceFile(index),
  }));
}

function sliceFile(index: number): Buffer {
  const instance = uidFor(`synthetic slice ${index + 1}`);
  const meta = [
    element(0x0002_0001, 'OB', Buffer.from([0, 1])),
    element(0x0002_0002, 'UI', ctImageStorage),
    element(0x0002_0003, 'UI', instance),
    element(0x0002_0010, 'UI', explicitLittleEndian),
    element(0x0002_0012, 'UI', uidFor('implementation')),
  ];
  const dataSet = [...identity(instance), ...whose, ...acquisition, ...place(index), ...pixels()];
  return dicomFile(meta, dataSet);
}

function identity(instance: string): Buffer[] {
  return [
    element(0x0008_0008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
    element(0x0008_0016, 'UI', ctImageStorage),
    element(0x0008_0018, 'UI', instance),
    element(0x0008_0020, 'DA', '20000101'),
    element(0x0008_0030, 'TM', '000000'),
    element(0x0008_0050, 'SH', ''),
    element(0x0008_0060, 'CS', 'CT'),
    element(0x0008_0070, 'LO', 'synthetic'),
    element(0x0008_0090, 'PN', ''),
  ];
}

/** Nobody; the attributes must be there. */
const whose = [
  element(0x0010_0010, 'PN', 'Synthetic^Nobody'),
  element(0x0010_0020, 'LO', 'SYNTHETIC'),
  element(0x0010_0030, 'DA', ''),
  element(0x0010_0040, 'CS', 'O'),
];

const acquisition = [
  element(0x0018_0050, 'DS', '3'),
  element(0x0018_0060, 'DS', '120'),
  element(0x0018_5100, 'CS', 'HFS'),
];

function place(index: number): Buffer[] {
  return [
    element(0x0020_000d, 'UI', studyUid),
    element(0x0020_000e, 'UI', seriesUid),
    element(0x0020_0010, 'SH', '1'),
    element(0x0020_0011, 'IS', '1'),
    element(0x0020_0012, 'IS', '1'),
    element(0x0020_0013, 'IS', String(index + 1)),
    element(0x0020_0032, 'DS', `-64\\-64\\${index * 3}`),
    element(0x0020_0037, 'DS', '1\\0\\0\\0\\1\\0'),
    element(0x0020_0052, 'UI', frameUid),
    element(0x0020_1040, 'LO', ''),
  ];
}

function pixels(): Buffer[] {
  return [
    element(0x0028_0002, 'US', unsignedShort(1)),
    element(0x0028_0004, 'CS', 'MONOCHROME2'),
    element(0x0028_0010, 'US', unsignedShort(side)),
    element(0x0028_0011, 'US', unsignedShort(side)),
    element(0x0028_0030, 'DS', '2\\2'),
    element(0x0028_0100, 'US', unsignedShort(16)),
    element(0x0028_0101, 'US', unsignedShort(16)),
    element(0x0028_0102, 'US', unsignedShort(15)),
    element(0x0028_0103, 'US', unsignedShort(1)),
    element(0x0028_1052, 'DS', String(-shift)),
    element(0x0028_1053, 'DS', '1'),
    element(0x7fe0_0010, 'OW', image()),
  ];
}

function image(): Buffer {
  const bytes = Buffer.alloc(side * side * 2);
  for (let at = 0; at < side * side; at += 1) {
    bytes.writeInt16LE(hounsfield(at % side, Math.floor(at / side)) + shift, at * 2);
  }
  return bytes;
}

/** Hounsfield units of a pixel: air, water, a rod like bone and one like fat. */
function hounsfield(x: number, y: number): number {
  const within = (cx: number, cy: number, radius: number): boolean =>
    (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2;
  if (within(22, 32, 6)) return 300;
  if (within(42, 32, 6)) return -100;
  return within(31.5, 31.5, 26) ? 0 : -1000;
}
