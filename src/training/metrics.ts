import { Cancelled, messageOf } from '../errors.ts';
import type { Vantage } from '../network/vantage.ts';
import { visible } from '../report/markdown.ts';
import type { RunHistory } from './run-history.ts';
import { wholeBody } from './run-history.ts';
import { readCsv } from './csv.ts';

/** What one epoch came to on one set. */
export interface EpochMetrics {
  readonly epoch: number;
  readonly loss: number | undefined;
  /** Mean over all structures. */
  readonly dice: number | undefined;
}

/** What the test set came to, for one structure. No patient is named. */
export interface StructureDice {
  readonly structure: string;
  readonly images: number;
  readonly mean: number;
  readonly worst: number;
}

/** The figures of a training, as far as its run has left them. */
export interface Metrics {
  readonly train: readonly EpochMetrics[];
  readonly validation: readonly EpochMetrics[];
  readonly test: readonly StructureDice[];
  /** Mean over images of the mean over structures, as InnerEye counts it. */
  readonly testMean: number | undefined;
  /** Files that could not be read, and why, in sentences. */
  readonly missing: readonly string[];
}

/** The figures of a run that has left none. */
export const noMetrics: Metrics = {
  ...{ train: [], validation: [], test: [] },
  ...{ testMean: undefined, missing: [] },
};

/** What InnerEye leaves among the artifacts of its run (InnerEye-DeepLearning 69a64d1). */
const files = {
  train: 'outputs/Train/epoch_metrics.csv',
  validation: 'outputs/Val/epoch_metrics.csv',
  test: 'outputs/best_validation_epoch/Test/metrics.csv',
} as const;

/** Reads the figures of a run from its artifacts. Never fails because of them. */
export async function readMetrics(history: RunHistory, vantage: Vantage): Promise<Metrics> {
  const missing: string[] = [];
  const read = async (name: keyof typeof files): Promise<string> => {
    const look = { name, url: history.artifact(files[name]), linked: 'contentUri' };
    try {
      return await wholeBody(look, vantage);
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      missing.push(`${files[name]} could not be read: ${messageOf(error)}.`);
      return '';
    }
  };
  const train = epochsIn(await read('train'));
  const validation = epochsIn(await read('validation'));
  return { train, validation, ...testIn(await read('test')), missing };
}

/**
 * The rows of an `epoch_metrics.csv`, by epoch. Its columns are `loss`, `Dice/AverageAcrossStructures`,
 * `epoch` and others; the last row of an epoch counts.
 */
export function epochsIn(csv: string): readonly EpochMetrics[] {
  const epochs = new Map<number, EpochMetrics>();
  for (const row of readCsv(csv)) {
    const epoch = numberIn(row, 'epoch');
    if (epoch === undefined || !Number.isInteger(epoch) || epoch < 0) continue;
    const dice = numberIn(row, 'Dice/AverageAcrossStructures');
    epochs.set(epoch, { epoch, loss: numberIn(row, 'loss'), dice });
  }
  return [...epochs.values()].sort((one, other) => one.epoch - other.epoch);
}

/** What a `metrics.csv` of a test set says: columns `Patient`, `Structure`, `Dice` and distances. */
export function testIn(csv: string): Pick<Metrics, 'test' | 'testMean'> {
  const byStructure = new Map<string, number[]>();
  const byImage = new Map<string, number[]>();
  for (const row of readCsv(csv)) {
    const dice = numberIn(row, 'Dice');
    const [structure, image] = [row.get('Structure') ?? '', row.get('Patient') ?? ''];
    if (dice === undefined || structure === '') continue;
    byStructure.set(structure, [...(byStructure.get(structure) ?? []), dice]);
    byImage.set(image, [...(byImage.get(image) ?? []), dice]);
  }
  const test = [...byStructure].map(([structure, all]) => ({
    structure: visible(structure, 60),
    images: all.length,
    mean: mean(all),
    worst: all.reduce((least, one) => Math.min(least, one), Infinity),
  }));
  const images = [...byImage.values()].map(mean);
  return { test, testMean: images.length === 0 ? undefined : mean(images) };
}

function numberIn(row: ReadonlyMap<string, string>, column: string): number | undefined {
  const text = row.get(column)?.trim() ?? '';
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined; // also nan and inf
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}

function mean(all: readonly number[]): number {
  return all.reduce((sum, one) => sum + one, 0) / all.length;
}
