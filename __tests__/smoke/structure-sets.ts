import { studyUid } from '../../src/dicom/ct-series.ts';
import { zipOf } from '../../src/packaging/zip.ts';
import { dicom, explicit, items, syntaxes, undefinedLength } from '../dicom/bytes.ts';

/** What of a structure set a test wants otherwise. */
export interface Wanted {
  readonly modality?: string;
  readonly sopClass?: string;
  readonly model?: string;
  readonly study?: string;
  readonly regions?: readonly string[];
  /** Bytes of contours behind the names. */
  readonly contours?: number;
  /** Whether lengths of sequences are defined. */
  readonly isDefined?: boolean;
}

const even = (text: string, fill = ' '): string => (text.length % 2 === 0 ? text : text + fill);

/** A structure set as InnerEye's converter writes one: references first, then names, then contours. */
export function structureSet(wanted: Wanted = {}): Buffer {
  const isDefined = wanted.isDefined ?? false;
  const sequence = (number: number, contents: readonly Buffer[]): Buffer => {
    const content = items(contents, isDefined);
    return explicit(0x3006, number, 'SQ', content, isDefined ? content.length : undefinedLength);
  };
  const regions = wanted.regions ?? ['region', 'region_1'];
  const noise = Buffer.from(
    Array.from({ length: wanted.contours ?? 0 }, (_, at) => 48 + ((at * at * 31 + at * 7) % 10)),
  );
  const contour = explicit(0x3006, 0x0050, 'UT', noise);
  return dicom(
    syntaxes.explicit,
    explicit(0x0008, 0x0016, 'UI', even(wanted.sopClass ?? '1.2.840.10008.5.1.4.1.1.481.3', '\0')),
    explicit(0x0008, 0x0060, 'CS', even(wanted.modality ?? 'RTSTRUCT')),
    explicit(0x0018, 0x1020, 'LO', even(wanted.model ?? 'HelloWorld:3')),
    explicit(0x0020, 0x000d, 'UI', even(wanted.study ?? studyUid, '\0')),
    sequence(0x0010, [explicit(0x0020, 0x0052, 'UI', '1.23')]),
    sequence(
      0x0020,
      regions.map((name) => explicit(0x3006, 0x0026, 'LO', even(name))),
    ),
    sequence(0x0039, [contour]),
  );
}

/** The zip that the service answers with. */
export function resultZip(wanted: Wanted = {}, name = 'segmentation.dcm'): Buffer {
  return zipOf([{ path: name, content: structureSet(wanted) }]);
}
