import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildContractPackage } from '../contract-app/index.ts';
import type { LocalAzure } from '../index.ts';
import { withoutSensitive } from './plan-file.ts';
import type { RunnerMachine, StepResult } from './runner.ts';
import { runStep } from './runner.ts';
import { openStranger } from './stranger.ts';
import type { Stranger } from './stranger.ts';

/** One row of the table at the end. */
export interface Chapter {
  readonly stage: string;
  readonly result: 'done' | 'played' | 'failed';
  /** Resources of the subscription when the stage had ended, counted by ARM. */
  readonly resources: number;
  readonly requests: number;
  readonly seconds: number;
}

export interface Story {
  readonly azure: LocalAzure;
  readonly machine: RunnerMachine;
  /** Where the results go. */
  readonly out: string;
  readonly print: (line: string) => void;
  readonly cancelled: AbortSignal;
}

/** The image the training is asked to run on; Local Azure imports its name and plays the run. */
const image = `ghcr.io/owner/innereye@sha256:${'0123456789abcdef'.repeat(4)}`;

/** Tells the whole story: from an empty subscription to a smoke-tested model, and back to nothing. */
export async function tell(story: Story): Promise<readonly Chapter[]> {
  const stranger = await openStranger(story.azure.environment);
  const chapters: Chapter[] = [];
  const packageFile = await buildContractPackage(story.machine.folder);
  const chapter = openChapters(story, stranger, chapters);
  await chapter('preflight', 'preflight');
  await chapter('plan', 'plan', {}, ({ outputs }) =>
    expect(Number(outputs['adds']) > 0, 'the first plan creates something'),
  );
  await chapter('deploy', 'deploy', { 'inference-package': packageFile });
  await chapter('plan again', 'plan', {}, ({ outputs }) =>
    expect(outputs['changes'] === 'false', 'the unchanged plan is empty'),
  );
  await chapter('verify', 'verify', {}, ({ summary }) =>
    expect(summary.includes(`## The network of ${environment}: closed`), 'the network is closed'),
  );
  await chapter('train', 'train', { image }, ({ outputs }) =>
    expect(outputs['model-version'] === '1', 'HelloWorld:1 is registered'),
  );
  await chapter('smoke', 'smoke');
  const opened = await changeBehindTheBack(story, stranger);
  await chapter('verify opened', 'verify', {}, ({ code, summary }) =>
    expect(code === 1 && summary.includes(opened), `the proof names ${opened}`),
  );
  await chapter('drift', 'drift', {}, ({ outputs }) =>
    expect(outputs['drift-state'] === 'drifted', 'the change is found'),
  );
  await chapter('destroy', 'destroy', { confirm: environment, 'remove-state': 'true' });
  const left = await stranger.everything();
  expect(left.length === 0, `nothing is left, but ARM lists ${left.join(', ')}`);
  story.print('Nothing is left: ARM lists no resource and no resource group.');
  return chapters;
}

/** The name of the environment in the demo. */
export const environment = 'demo';

/** Tells one stage; a judge may accept a step that fails, where failing is what it is for. */
type TellChapter = (
  stage: string,
  command: string,
  inputs?: Readonly<Record<string, string>>,
  judge?: (result: StepResult) => void,
) => Promise<void>;

/** Stages that show a refusal: their step must fail, and the judge says with what. */
const refusals: readonly string[] = ['verify opened'];

function openChapters(story: Story, stranger: Stranger, chapters: Chapter[]): TellChapter {
  const { azure, machine, out, print, cancelled } = story;
  return async (stage, command, inputs = {}, judge = () => undefined) => {
    print('');
    print(`=== ${stage}`);
    azure.journal.stage = stage;
    const [started, before] = [Date.now(), azure.journal.entries.length];
    const name = `${String(chapters.length + 1).padStart(2, '0')}-${stage.replaceAll(' ', '-')}`;
    const result = await runStep(
      machine,
      name,
      { ...common(azure), command, ...inputs },
      { cancelled, beforePost: (state) => keepPlan(story, state['scratch'], stage) },
    );
    await write(out, 'summaries', `${name}.md`, result.summary);
    await write(out, 'logs', `${name}.log`, `${result.log}\n`);
    const requests = azure.journal.entries.length - before;
    const seconds = (Date.now() - started) / 1000;
    cancelled.throwIfAborted();
    azure.journal.stage = 'count';
    const asTold = result.code === 0 || refusals.includes(stage);
    const resources = asTold ? (await stranger.everything()).length : 0;
    const played = asTold && azure.played().includes(stage);
    chapters.push({
      stage,
      result: !asTold ? 'failed' : played ? 'played' : 'done',
      resources,
      requests,
      seconds,
    });
    if (!asTold)
      throw new Error(
        `the stage "${stage}" failed; its log is ${join(out, 'logs', `${name}.log`)}`,
      );
    judge(result);
  };
}

function common({ environment: variables }: LocalAzure): Record<string, string> {
  return {
    environment,
    'client-id': variables['ARM_CLIENT_ID'] ?? '',
    'tenant-id': variables['ARM_TENANT_ID'] ?? '',
    'subscription-id': variables['ARM_SUBSCRIPTION_ID'] ?? '',
    'github-token': variables['GITHUB_TOKEN'] ?? '',
  };
}

/** Opens a storage account to the public by a plain ARM request, as a hurried person would in the portal; gives its name. */
async function changeBehindTheBack({ azure, print }: Story, stranger: Stranger): Promise<string> {
  azure.journal.stage = 'behind the back';
  const ids = await stranger.everything();
  const account = ids.find((id) => /storageAccounts\/[^/]*st[0-9a-f]{6}$/i.test(id));
  if (account === undefined) throw new Error('ARM lists no storage account to change');
  const { status } = await stranger.arm('PATCH', account, '2023-05-01', {
    properties: { publicNetworkAccess: 'Enabled' },
  });
  expect(status === 200, `ARM took the change (status ${status})`);
  print('');
  const name = account.split('/').at(-1) ?? '';
  print(`=== behind its back: ${name} is opened to the public by hand`);
  return name;
}

/** Asks Terraform for the plan as JSON, in the step's scratch folder, before its clean-up wipes it. */
async function keepPlan(
  { azure, out }: Pick<Story, 'azure' | 'out'>,
  scratch: string | undefined,
  stage: string,
): Promise<void> {
  if (scratch === undefined || !stage.startsWith('plan')) return;
  const folder = join(scratch, 'terraform');
  const file = (await readdir(folder).catch(() => [])).find((name) => name.endsWith('.tfplan'));
  if (file === undefined) return; // the step did not get that far, and says so itself
  const env = { PATH: process.env['PATH'], ...azure.environment };
  const options = { cwd: folder, env, maxBuffer: 64 << 20 };
  const { stdout } = await promisify(execFile)('terraform', ['show', '-json', file], options);
  const plan = JSON.stringify(withoutSensitive(JSON.parse(stdout) as Record<string, unknown>));
  await writeFile(join(out, `${stage.replaceAll(' ', '-')}.json`), plan);
}

async function write(out: string, folder: string, name: string, text: string): Promise<void> {
  await mkdir(join(out, folder), { recursive: true });
  await writeFile(join(out, folder, name), text);
}

function expect(fact: boolean, what: string): void {
  if (!fact) throw new Error(`it does not hold that ${what}`);
}

/** The table at the end, as plain text. */
export function tableOf(chapters: readonly Chapter[]): string[] {
  const rows = chapters.map((chapter) => [
    chapter.stage,
    chapter.result,
    String(chapter.resources),
    String(chapter.requests),
    `${chapter.seconds.toFixed(1)} s`,
  ]);
  const table = [['stage', 'result', 'resources', 'requests', 'time'], ...rows];
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table.map((row) =>
    row
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}

/** Names of everything a folder holds, for the closing line. */
export async function contentsOf(folder: string): Promise<string> {
  return (await readdir(folder)).sort().join(', ');
}
