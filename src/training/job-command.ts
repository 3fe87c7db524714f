import type { Settings } from '../inputs/schema.ts';

/** Folder of a model's data where none is named: HelloWorld's is hello_world. */
export function datasetFolder(model: string): string {
  return model.replace(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}

/** A word of a shell's command line that means itself. */
export function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** The exit code of a job that finds no data. */
export const NO_DATA_EXIT = 3;
/** What it says then; `explained` knows it by these words. */
export const NO_DATA_WORDS = 'dataset.csv in the datastore, and none in the image';

/**
 * What runs on the cluster, for any POSIX shell. The image says by its variables where code and data
 * are (images/innereye); the code must be the working folder, because InnerEye registers the model
 * relative to it. The first run fills the datastore from the image, `dataset.csv` last, so that a
 * folder that was filled by half is filled again. Data are read from a local copy: a file just
 * written to a mount is not sure to be readable there. Our own arguments come last, and win.
 */
export function commandOf({
  model,
  dataset,
  trainingArguments,
}: Pick<Settings, 'model' | 'dataset' | 'trainingArguments'>): string {
  const folder = quoted(dataset === '' ? datasetFolder(model) : dataset);
  const more = trainingArguments.split(' ').filter((word) => word !== '');
  const words = [
    `--model=${model}`,
    ...more,
    '--azure_dataset_id=',
    `--experiment_name=${model.toLowerCase()}`,
  ].map(quoted);
  return [
    'set -e',
    ': "${INNEREYE_CODE:?is not set: the image is none of images/innereye}"',
    'store="${{outputs.dataset}}"',
    `folder=${folder}`,
    'baked="$INNEREYE_DATA/$folder"',
    'data="$(mktemp -d)"',
    'cp -r "$INNEREYE_CODE/." .',
    'if [ ! -f "$store/dataset.csv" ]; then',
    '  if [ ! -f "$baked/dataset.csv" ]; then',
    `    echo "There is no $folder/${NO_DATA_WORDS}." >&2`,
    `    exit ${NO_DATA_EXIT}`,
    '  fi',
    '  for item in "$baked"/*; do',
    '    [ "$item" = "$baked/dataset.csv" ] || cp -r "$item" "$store/"',
    '  done',
    '  cp "$baked/dataset.csv" "$store/"',
    '  cp -r "$baked/." "$data/"',
    'else',
    '  cp -r "$store/." "$data/"',
    'fi',
    `python InnerEye/ML/runner.py ${words.join(' ')} --local_dataset="$data"`,
  ].join('\n');
}
