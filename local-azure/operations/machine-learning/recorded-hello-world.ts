import type { RecordedFile } from './recorded-runs.ts';

/** Lines of a file, each with its end. */
function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

const validated = [
  ...['subject_count', 'loss', 'Dice/AverageAcrossStructures', 'Dice/region', 'Dice/region_1'],
  ...['VoxelCount/region', 'VoxelCount/region_1', 'epoch', 'cross_validation_split_index'],
].join(',');

const trained = validated.replace('loss,', 'loss,learning_rate,');

/**
 * The tables that HelloWorld of InnerEye-DeepLearning 69a64d1 left on 22 November 2026, run by hand
 * with Python 3.8.18, torch 1.10.0, on a CPU; seed 42. They are written when all epochs are over.
 */
export const helloWorldFiles: readonly RecordedFile[] = [
  {
    after: 0.7,
    path: 'outputs/Train/epoch_metrics.csv',
    content: lines(
      trained,
      '3.000000,0.495836,0.000100,0.422954,0.213061,0.632847,130907.664062,130907.664062,0,-1',
      '3.000000,0.495777,0.000100,0.422788,0.213105,0.632472,130757.335938,130757.335938,1,-1',
    ),
  },
  {
    after: 0.7,
    path: 'outputs/Val/epoch_metrics.csv',
    content: lines(
      validated,
      '2.000000,0.530531,0.468417,0.338979,0.597855,131012.000000,131012.000000,0,-1',
      '2.000000,0.518566,0.467271,0.335404,0.599138,131012.000000,131012.000000,1,-1',
    ),
  },
  {
    after: 0.85,
    path: 'outputs/best_validation_epoch/Test/metrics.csv',
    content: lines(
      'Patient,Structure,Dice,HausdorffDistance_mm,MeanDistance_mm',
      '6,region,0.337,3.000,0.707',
      '6,region_1,0.599,2.000,0.391',
    ),
  },
];

/** What it said, shortened, without the moments; the first line and the one of the model are ours. */
export const helloWorldLines: readonly (readonly [after: number, line: string])[] = [
  [0, 'This is a recorded run: Local Azure plays it, nothing is trained.'],
  [0.02, 'INFO     Global seed set to 42'],
  [0.03, 'INFO     **** STARTING: Model training ****'],
  [0.04, 'INFO     Train: 3, Test: 1, and Val: 2. Total subjects: 6'],
  [0.12, 'INFO     Number of available GPUs: 0, but not using them because use_gpu == False'],
  [0.14, 'INFO     Starting training'],
  [0.2, 'INFO     Finished creating the data loaders.'],
  [0.7, 'INFO     Finished training'],
  [0.7, 'INFO     **** FINISHED: Model training ****'],
  [0.75, 'INFO     Registered the model HelloWorld.'],
  [0.76, 'INFO     **** STARTING: Running default model on test set ****'],
  [0.8, 'INFO     Predicting for image 1 of 1...'],
  [0.82, 'INFO     Evaluating predictions for patient 6'],
  [0.85, 'INFO     Mean Dice: 0.467572'],
  [0.86, 'INFO     **** FINISHED: Running default model on test set ****'],
  [0.87, 'INFO     Saving report in HTML'],
  [1, 'The run has ended.'],
];
