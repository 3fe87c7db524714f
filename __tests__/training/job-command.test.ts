import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { commandOf, datasetFolder, quoted } from '../../src/training/job-command.ts';

const run = promisify(execFile);
const hello = { model: 'HelloWorld', dataset: '', trainingArguments: '' };
const at = (...parts: string[]): string => join(place, ...parts);
let place: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'job-command-'));
  for (const folder of ['code/InnerEye/ML', 'data/hello_world/images', 'store', 'work', 'bin']) {
    mkdirSync(at(folder), { recursive: true });
  }
  writeFileSync(at('code/InnerEye/ML/runner.py'), '');
  writeFileSync(at('data/hello_world/dataset.csv'), 'baked');
  writeFileSync(at('data/hello_world/images/one'), 'baked');
  // In Python's place: says what it was given, and what lies in the folder of the data.
  writeFileSync(
    at('bin/python'),
    '#!/bin/sh\nfor word in "$@"; do echo "<$word>"; done\nfor word in "$@"; do case "$word" in --local_dataset=*) cat "${word#*=}/dataset.csv";; esac; done\n',
  );
  chmodSync(at('bin/python'), 0o755);
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

async function perform(wanted: Parameters<typeof commandOf>[0], shell = 'bash', more = {}) {
  const command = commandOf(wanted).replaceAll('${{outputs.dataset}}', at('store'));
  const env = {
    PATH: `${at('bin')}:${process.env['PATH'] ?? ''}`,
    INNEREYE_CODE: at('code'),
    INNEREYE_DATA: at('data'),
    TMPDIR: place,
    ...more,
  };
  try {
    const { stdout } = await run(shell, ['-c', command], { cwd: at('work'), env });
    return { code: 0, stdout, stderr: '' };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

describe('the command of a training job', () => {
  it.each(['bash', 'sh'])(
    'fills the datastore from the image the first time, in %s',
    async (shell) => {
      const { code, stdout } = await perform(hello, shell);
      expect(code).toBe(0);
      expect(readFileSync(at('store/images/one'), 'utf8')).toBe('baked');
      expect(readFileSync(at('store/dataset.csv'), 'utf8')).toBe('baked');
      expect(existsSync(at('work/InnerEye/ML/runner.py'))).toBe(true);
      expect(stdout).toContain('<InnerEye/ML/runner.py>\n<--model=HelloWorld>\n');
      expect(stdout).toMatch(
        /<--azure_dataset_id=>\n<--experiment_name=helloworld>\n<--local_dataset=\S+>\nbaked/,
      );
    },
  );

  it('takes the data of the datastore where they are there', async () => {
    writeFileSync(at('store/dataset.csv'), 'stored');
    const { stdout } = await perform(hello);
    expect(stdout).toContain('stored');
    expect(existsSync(at('store/images'))).toBe(false);
  });

  it('fills a folder again that was filled by half', async () => {
    mkdirSync(at('store/images'));
    expect((await perform(hello)).code).toBe(0);
    expect(existsSync(at('store/images/one'))).toBe(true);
  });

  it('says which data are missing', async () => {
    const { code, stderr } = await perform({ ...hello, dataset: 'pelvis-2' });
    expect(code).toBe(3);
    expect(stderr).toContain(
      'There is no pelvis-2/dataset.csv in the datastore, and none in the image.',
    );
  });

  it('says that an image is not the one it is for', async () => {
    const { code, stderr } = await perform(hello, 'bash', { INNEREYE_CODE: '' });
    expect(code).not.toBe(0);
    expect(stderr).toContain('INNEREYE_CODE: is not set');
  });

  it('hands on further arguments as they are, and lets its own win', async () => {
    const trainingArguments = "--num_epochs=3  --note=a;id --local_dataset=/x --y='$(id)`id`'";
    const { stdout } = await perform({ ...hello, trainingArguments });
    const words = [...stdout.matchAll(/^<(.*)>$/gm)].map(([, word]) => word);
    expect(words.slice(1, 6)).toEqual([
      '--model=HelloWorld',
      '--num_epochs=3',
      '--note=a;id',
      '--local_dataset=/x',
      "--y='$(id)`id`'",
    ]);
    expect(words.at(-1)).toMatch(/^--local_dataset=\/.*\/tmp\./);
  });
});

describe('a quoted word', () => {
  it('means itself', async () => {
    const words = ["it's", '$HOME', '`id`', 'a b', '', '\\', '"', "'\n'", '*', '${{x}}'];
    const { stdout } = await run('sh', ['-c', `printf '%s|' ${words.map(quoted).join(' ')}`]);
    expect(stdout).toBe(words.map((word) => `${word}|`).join(''));
  });
});

describe('the folder of a model’s data', () => {
  it.each([
    ['HelloWorld', 'hello_world'],
    ['Prostate', 'prostate'],
    ['Lung2Lobes', 'lung2_lobes'],
  ])('of %s is %s', (model, folder) => {
    expect(datasetFolder(model)).toBe(folder);
  });
});
