/** A run as it was recorded once: what it says, how long it takes, what it leaves. */
export interface RecordedRun {
  readonly name: string;
  /** Whether this recording is of such a command line. */
  readonly fits: (command: string) => boolean;
  /** Seconds of the state Running. */
  readonly seconds: number;
  /** Log lines, each with the part of the running time after which it is written. */
  readonly lines: readonly (readonly [after: number, line: string])[];
  /** Training curve, one row per epoch. */
  readonly metrics: readonly Readonly<Record<string, number>>[];
  /** The model that it registers at its end. */
  readonly model?: { readonly name: string; readonly after: number };
}

/**
 * HelloWorld: two epochs on seven small files. The figures are those that InnerEye-DeepLearning
 * 69a64d1 prints on any CPU (seed 42); the lines are ours.
 */
const helloWorld: RecordedRun = {
  name: 'HelloWorld',
  fits: (command) => /runner\.py\s.*--model=HelloWorld\b/s.test(command),
  seconds: 57,
  lines: [
    [0, 'This is a recorded run: Local Azure plays it, nothing is trained.'],
    [0.05, 'Model HelloWorld: 2 epochs, 3 subjects to train, 2 to validate, 1 to test.'],
    [0.3, 'Epoch 1 of 2: train Dice 0.312418, validation Dice 0.290377.'],
    [0.5, 'Epoch 2 of 2: train Dice 0.398256, validation Dice 0.371904.'],
    [0.6, 'The model is registered.'],
    [0.8, 'Test subject 6: region Dice 0.337, region_1 Dice 0.599.'],
    [0.9, 'Mean Dice: 0.467572'],
    [1, 'The run has ended.'],
  ],
  metrics: [
    { epoch: 1, trainDice: 0.312418, validationDice: 0.290377 },
    { epoch: 2, trainDice: 0.398256, validationDice: 0.371904 },
  ],
  model: { name: 'HelloWorld', after: 0.6 },
};

/** Scoring of an image by the inference service's job. */
const scoring: RecordedRun = {
  name: 'scoring',
  fits: (command) => command.includes('download_model_and_run_scoring.py'),
  seconds: 20,
  lines: [
    [0, 'This is a recorded run: Local Azure plays it, nothing is scored.'],
    [0.2, 'The model and the image are here.'],
    [0.9, 'The structure set is written.'],
    [1, 'The image data are deleted.'],
  ],
  metrics: [],
};

/** The last line of the log of a scoring run whose image is no zip: what Python says. */
export const badZipLine = 'zipfile.BadZipFile: File is not a zip file';

/** The recording that fits a command line, or undefined. */
export function recordingOf(command: string): RecordedRun | undefined {
  return [helloWorld, scoring].find((recording) => recording.fits(command));
}
