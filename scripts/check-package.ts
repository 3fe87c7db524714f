import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../src/errors.ts';
import { schema } from '../src/inputs/schema.ts';
import { buildPackage } from '../src/packaging/index.ts';
import type { Recipe } from '../src/packaging/index.ts';
import { PYTHON } from '../src/packaging/target.ts';
import { Secret } from '../src/secret.ts';
import { openFiles } from '../src/toolbox/files.ts';
import type { Toolbox } from '../src/toolbox/index.ts';
import { openShell } from '../src/toolbox/shell.ts';
import { ladder } from './package/ladder.ts';
import { pythonFolder } from './package/python.ts';
import type { Reply, SiteOptions } from './package/site.ts';
import { openSite, passKey } from './package/site.ts';
import { standInRepository } from './package/stand-in.ts';

/**
 * Makes the package of the inference app as `deploy` does, with the real pip and the real wheels, and
 * starts it in Local Azure as App Service would. The source is InnerEye-Inference where git reaches it
 * (INFERENCE_REPOSITORY names another copy), else an app of ours that stands in for it.
 */
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'check-package-'));
const problems: string[] = [];
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const claim = (what: string, holds: boolean, seen = ''): void => {
  print(`${holds ? 'ok  ' : 'FAIL'} ${what}${holds || seen === '' ? '' : `: ${seen}`}`);
  if (!holds) problems.push(what);
};

setTimeout(() => process.exit(1), 6 * 60_000).unref();
try {
  await main();
} catch (error) {
  claim('the check itself', false, messageOf(error));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
print(
  problems.length === 0
    ? 'check-package: ok'
    : `check-package: ${problems.length} claims do not hold`,
);
process.exit(problems.length === 0 ? 0 : 1);

async function main(): Promise<void> {
  const python = pythonFolder();
  if (python === undefined) {
    throw new Error(
      `no python${PYTHON} here; install it (pyenv install ${PYTHON}) and run this again`,
    );
  }
  // Local Azure starts the Python that the web app names, from the PATH.
  process.env['PATH'] = [python, process.env['PATH'] ?? ''].join(delimiter);
  const { zip, recipe, isOriginal } = await firstPackage();
  await sameAgain(zip, recipe);
  await refusals(recipe);
  const command = startCommand();
  await climb({ zip, command }, isOriginal);
  await traps(zip, command);
}

async function toolsOf(name: string): Promise<Parameters<typeof buildPackage>[1]> {
  const env = { ...process.env, RUNNER_TEMP: join(folder, name) };
  const cancelled = new AbortController().signal;
  const quiet = (): void => undefined;
  const log: Toolbox['log'] = {
    ...{ info: quiet, warn: quiet, notice: quiet, debug: quiet },
    group: (_title, work) => work(),
  };
  const files = openFiles(root, env, { keep: quiet });
  return { env, cancelled, log, files, shell: await openShell({ env, cancelled }) };
}

async function firstPackage(): Promise<{ zip: string; recipe: Recipe; isOriginal: boolean }> {
  const recipe: Recipe = {
    inferenceCommit: schema.inferenceCommit.default ?? '',
    inferenceRepository:
      process.env['INFERENCE_REPOSITORY'] ?? schema.inferenceRepository.default ?? '',
    pythonIndex: new Secret('', () => undefined),
  };
  try {
    const zip = await buildPackage(recipe, await toolsOf('first'));
    claim(`made of InnerEye-Inference at ${recipe.inferenceCommit.slice(0, 12)}`, true);
    return { zip, recipe, isOriginal: true };
  } catch (error) {
    if (!/cannot be reached from this runner/.test(messageOf(error))) throw error;
    if (!messageOf(error).startsWith(recipe.inferenceRepository)) throw error;
  }
  print(
    `note ${recipe.inferenceRepository} is not reached from here: an app of ours stands in for it`,
  );
  const { repository, commit } = standInRepository(folder);
  const other = { ...recipe, inferenceRepository: repository, inferenceCommit: commit };
  return {
    zip: await buildPackage(other, await toolsOf('first')),
    recipe: other,
    isOriginal: false,
  };
}

async function sameAgain(zip: string, recipe: Recipe): Promise<void> {
  const digest = (path: string): string =>
    createHash('sha256').update(readFileSync(path)).digest('hex');
  const again = await buildPackage(recipe, await toolsOf('again'));
  const [one, other] = [digest(zip), digest(again)];
  claim(
    `the same bytes when made again (${readFileSync(zip).length}, SHA-256 ${one})`,
    one === other,
    other,
  );
}

/** pip's own words change: that they are still understood is seen with the pip of this machine. */
async function refusals(recipe: Recipe): Promise<void> {
  const tools = await toolsOf('refusals');
  const lock = readFileSync(join(root, 'inference/requirements.txt'), 'utf8');
  const altered = join(folder, 'altered.txt');
  writeFileSync(
    altered,
    lock.replace(/sha256:(.)/, (_, digit) => `sha256:${digit === '0' ? '1' : '0'}`),
  );
  const shipped = (path: string): string =>
    path.endsWith('requirements.txt') ? altered : join(root, path);
  const withLock = { ...tools, files: { ...tools.files, shipped } };
  const index = new Secret('https://user:word@127.0.0.1:9/simple', () => undefined);
  const patience = { ...tools, env: { ...tools.env, PIP_RETRIES: '1' } };
  const words = async (given: Recipe, using: typeof tools): Promise<string> =>
    buildPackage(given, using).then(() => 'made', messageOf);
  const digest = await words(recipe, withLock);
  claim('a wheel with another digest is refused', /not the one of the lock/.test(digest), digest);
  const closed = await words({ ...recipe, pythonIndex: index }, patience);
  claim('an index that is not there is named as such', /cannot be reached/.test(closed), closed);
  claim('what pip says does not tell the login of the index', !closed.includes('word@'));
}

async function climb(options: SiteOptions, isOriginal: boolean): Promise<void> {
  const begun = performance.now();
  const site = await openSite(options);
  try {
    const started = await site.started();
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    claim(`deployed and healthy after ${seconds} s`, started, await site.log());
    if (!started) return;
    for (const { line, key, wanted } of ladder.filter(({ always }) => isOriginal || always)) {
      const reply = await site.ask(line, key === undefined ? {} : { [key.header]: key.value });
      const how =
        key === undefined
          ? 'without a key'
          : key.value === passKey
            ? `by ${key.header}`
            : 'with a wrong key';
      claim(`${line} ${how}: ${short(wanted)}`, fits(reply, wanted), JSON.stringify(reply));
    }
    const log = await site.log();
    claim(
      'the secret of the identity endpoint is not in the log',
      site.secrets.length > 0 && !site.secrets.some((one) => log.includes(one)),
    );
    claim(
      'neither the key nor a token is in the log',
      !log.includes(passKey) && !/eyJ[\w-]{20,}\./.test(log),
    );
  } finally {
    await site.close();
  }
}

/** What must go wrong does: otherwise the claims above would prove nothing. */
async function traps(zip: string, command: string): Promise<void> {
  const bare = await openSite({ zip, command: command.replace(' --header-map dangerous', '') });
  try {
    const { status } = await bare.ask('GET /v1/ping', { api_auth_secret: passKey });
    claim('without --header-map the key does not arrive (401)', status === 401, String(status));
  } finally {
    await bare.close();
  }
  const strange = await openSite({ zip, command, mayRead: false });
  try {
    claim('without its role the app does not start', !(await strange.started()));
  } finally {
    await strange.close();
  }
}

function fits(reply: Reply, wanted: Partial<Reply>): boolean {
  return Object.entries(wanted).every(([name, value]) => reply[name as keyof Reply] === value);
}

function short({ status, body }: Partial<Reply>): string {
  return [status, body?.trim().slice(0, 60)].filter(Boolean).join(' ');
}

/** As terraform/inference.tf starts the app. */
function startCommand(): string {
  const text = readFileSync(join(root, 'terraform/inference.tf'), 'utf8');
  const command = /app_command_line\s*=\s*"([^"]+)"/.exec(text)?.[1] ?? '';
  const fitting = command.startsWith('python serve.py ') && command.endsWith(' service:app');
  claim('terraform/inference.tf starts what the package holds', fitting, command);
  // The rest can be seen all the same.
  return fitting
    ? command
    : 'python serve.py --bind=0.0.0.0:8000 --workers 2 --header-map dangerous service:app';
}
