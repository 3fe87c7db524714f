import { DicomRefused } from '../dicom/data-set.ts';
import { studyUid } from '../dicom/ct-series.ts';
import type { StructureSet } from '../dicom/structure-set.ts';
import { readStructureSet, structureSetStorage } from '../dicom/structure-set.ts';
import { readOnlyEntry, ZipRefused } from '../dicom/zip-ends.ts';
import type { Look, Sight, Slice, Vantage } from '../network/vantage.ts';
import { harmless } from './harmless.ts';
import type { ModelVersion } from './model.ts';

/** What was found in a result. */
export interface Result {
  readonly faults: readonly string[];
  /** Names of the regions; none where they could not be read. */
  readonly roiNames: readonly string[];
  /** Bytes of the zip. */
  readonly size: number;
}

/** The one file of a result (InnerEye's score.py). */
const FILE = 'segmentation.dcm';
/** A zip's directory of one entry with this name has 84 bytes, and Python's zipfile adds no comment. */
const TAIL_BYTES = 1024;
/** Pieces of the head that are fetched until the names of the regions have come. */
const MOST_PIECES = 4;
const PIECE_BYTES = 32_768;

/** Regions of the models whose names are known; of any other model there must be one at least. */
const knownRegions: Readonly<Record<string, readonly string[]>> = {
  HelloWorld: ['region', 'region_1'],
};

/**
 * Looks at a result without bringing all of it home: its first bytes, in which the regions are named,
 * and its last, in which the zip lists what it holds.
 */
export async function judgeResult(
  look: Look,
  vantage: Vantage,
  model: ModelVersion,
): Promise<Result> {
  try {
    return await read(look, vantage, model);
  } catch (error) {
    if (error instanceof DicomRefused)
      return unreadable(`${FILE} is no structure set: ${error.message}`);
    if (error instanceof ZipRefused)
      return unreadable(`it is no zip of one file: ${error.message}`);
    if (error instanceof Unfetched) return unreadable(error.message);
    throw error;
  }
}

function unreadable(fault: string): Result {
  return { faults: [fault], roiNames: [], size: 0 };
}

/** A piece of the result that did not come. */
class Unfetched extends Error {}

async function read(look: Look, vantage: Vantage, model: ModelVersion): Promise<Result> {
  let head = await piece('head', { from: 0, most: PIECE_BYTES }, look, vantage);
  const { size } = head;
  const from = Math.max(0, size - TAIL_BYTES);
  const tail =
    head.bytes.length === size
      ? head.bytes
      : (await piece('tail', { from, most: TAIL_BYTES }, look, vantage)).bytes;
  for (let pieces = 1; ; pieces += 1) {
    const entry = readOnlyEntry(head.bytes, tail, size);
    const structures = readStructureSet(entry.head);
    const isWhole = structures.roiNames !== undefined || head.bytes.length >= size;
    if (isWhole || pieces === MOST_PIECES) {
      const roiNames = (structures.roiNames ?? []).map((name) => harmless(name, 64));
      return { faults: faultsOf(entry.name, structures, model), roiNames, size };
    }
    const more = { from: head.bytes.length, most: PIECE_BYTES };
    const next = await piece(`head-${pieces}`, more, look, vantage);
    head = { bytes: Buffer.concat([head.bytes, next.bytes]), size };
  }
}

async function piece(
  name: string,
  slice: Slice,
  look: Look,
  vantage: Vantage,
): Promise<NonNullable<Sight['slice']>> {
  const [sight] = await vantage.look([{ ...look, name: `${look.name}-${name}`, slice }]);
  if (sight?.slice === undefined || sight.status !== 200) {
    const said = sight?.failure?.text ?? `status ${sight?.status ?? 'none'}`;
    throw new Unfetched(`the result could not be fetched once more (${said})`);
  }
  return sight.slice;
}

function faultsOf(name: string, found: StructureSet, model: ModelVersion): string[] {
  const { modality, sopClass, softwareVersions, roiNames } = found;
  const id = `${model.name}:${model.version}`;
  const shown = (text: string | undefined): string =>
    text === undefined ? 'none' : `"${harmless(text)}"`;
  const faults: string[] = [];
  if (name !== FILE) faults.push(`the zip holds ${shown(name)} instead of ${FILE}`);
  if (modality !== 'RTSTRUCT') faults.push(`modality ${shown(modality)} instead of RTSTRUCT`);
  if (sopClass !== structureSetStorage) faults.push('another SOP class than RT Structure Set');
  if (softwareVersions !== id)
    faults.push(`SoftwareVersions ${shown(softwareVersions)} instead of ${id}`);
  if (found.studyUid !== studyUid) faults.push('another study than the one that was sent');
  return [...faults, ...regionFaults(roiNames, knownRegions[model.name])];
}

function regionFaults(
  names: readonly string[] | undefined,
  wanted: readonly string[] | undefined,
): string[] {
  if (names === undefined) return ['the names of its regions did not come'];
  const shown = names.map((name) => harmless(name, 64)).join(', ');
  if (wanted === undefined) return names.length > 0 ? [] : ['no region'];
  const same = names.length === wanted.length && names.every((name, at) => name === wanted[at]);
  return same ? [] : [`regions ${shown || 'none'} instead of ${wanted.join(', ')}`];
}
