import { helloWorldFiles, helloWorldLines } from './recorded-hello-world.ts';

/** A file that a recorded run leaves among the artifacts of its run. */
export interface RecordedFile {
  readonly after: number;
  readonly path: string;
  readonly content: string;
}

/** A run as it was recorded once: what it says, how long it takes, what it leaves. */
export interface RecordedRun {
  readonly name: string;
  /** Whether this recording is of such a command line. */
  readonly fits: (command: string) => boolean;
  /** Seconds of the state Running. */
  readonly seconds: number;
  /** Log lines, each with the part of the running time after which it is written. */
  readonly lines: readonly (readonly [after: number, line: string])[];
  /** Files that it leaves, each with the part of the running time after which it is there. */
  readonly files: readonly RecordedFile[];
  /** The model that it registers at its end. */
  readonly model?: { readonly name: string; readonly after: number };
}

/** HelloWorld: two epochs on seven small files; a minute on any CPU, always with the same figures. */
const helloWorld: RecordedRun = {
  name: 'HelloWorld',
  fits: (command) => /runner\.py\s.*--model=HelloWorld\b/s.test(command),
  seconds: 57,
  lines: helloWorldLines,
  files: helloWorldFiles,
  model: { name: 'HelloWorld', after: 0.75 },
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
  files: [],
};

/** The last line of the log of a scoring run whose image is no zip: what Python says. */
export const badZipLine = 'zipfile.BadZipFile: File is not a zip file';

/** The recording that fits a command line, or undefined. */
export function recordingOf(command: string): RecordedRun | undefined {
  return [helloWorld, scoring].find((recording) => recording.fits(command));
}
