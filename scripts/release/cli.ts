import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Checkout } from './checkout.ts';
import { digestOf, openCheckout } from './checkout.ts';
import type { Repository } from './github.ts';
import { Refusal, openRepository } from './github.ts';
import { notesOf } from './notes.ts';
import type { Asset } from './publish.ts';
import { publish } from './publish.ts';
import type { CiEnd } from './refusals.ts';
import { refusals } from './refusals.ts';
import type { Version } from './version.ts';
import { versionOf } from './version.ts';

/**
 * What the release workflow calls, in the checkout that is to become a version. It needs Node and git
 * and nothing that must be installed: where a token may write, no code of others runs.
 *
 *   check <rebuilt dist>   refuses, with all reasons at once, what may not become a version
 *   pack <folder>          writes the archive, its digest and the notes
 *   publish <file> …       publishes the version with these files, the archive first
 *
 * Reads TAG, RELEASE_TRIAL (true: nothing will be published), and GitHub's own variables with GITHUB_TOKEN.
 */
const product = 'innereye-closed-network';
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const [task = '', ...given] = process.argv.slice(2);
const { env } = process;

try {
  await run();
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  for (const line of error.message.split('\n')) say(`::error::${line}`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const checkout = openCheckout(process.cwd());
  const [first = ''] = given;
  if (task === 'check') return check(checkout, first);
  if (task === 'pack') return pack(checkout, first);
  if (task === 'publish') return publishFiles(checkout, given);
  throw new Refusal(`${task} is not one of check, pack, publish.`);
}

function tag(): string {
  return env['TAG'] ?? '';
}

function version(): Version {
  const found = versionOf(tag());
  if (found === undefined) throw new Refusal(`${tag()} is no version.`);
  return found;
}

function repository(): Repository {
  const api = env['GITHUB_API_URL'] ?? 'https://api.github.com';
  const token = env['GITHUB_TOKEN'] ?? '';
  return openRepository({ api, token, repository: env['GITHUB_REPOSITORY'] ?? '' });
}

async function check(checkout: Checkout, rebuilt: string): Promise<void> {
  const wanted = versionOf(tag());
  const found = refusals({
    tag: tag(),
    version: wanted,
    commit: checkout.commit,
    tagged: checkout.taggedAs(tag()),
    isTrial: env['RELEASE_TRIAL'] === 'true',
    isOnMain: checkout.isOnMain(),
    packageVersion: checkout.versionIn('package.json'),
    lockVersion: checkout.versionIn('package-lock.json'),
    notes: notesOf(checkout.read('CHANGELOG.md'), wanted?.text ?? ''),
    ci: await endOfCi(checkout.commit),
    differing: checkout.differing('dist', rebuilt),
  });
  if (found.length > 0) throw new Refusal(found.join('\n'));
  say(`${tag()} may be published: commit ${checkout.commit}.`);
}

/** The newest run of CI on main for a commit. */
async function endOfCi(commit: string): Promise<CiEnd> {
  const path = `/actions/workflows/ci.yml/runs?head_sha=${commit}&event=push&branch=main&per_page=1`;
  const answer = (await repository().ask('GET', path)) as
    | {
        readonly workflow_runs?: readonly {
          readonly status?: string;
          readonly conclusion?: string | null;
        }[];
      }
    | undefined;
  const [newest] = answer?.workflow_runs ?? [];
  if (newest === undefined) return 'none';
  return newest.status === 'completed' ? (newest.conclusion ?? 'unknown') : 'running';
}

function pack(checkout: Checkout, folder: string): void {
  const name = `${product}-${version().tag}.tar`;
  const content = checkout.archive(`${product}-${version().tag}`);
  const digest = digestOf(content);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), content);
  writeFileSync(join(folder, `${name}.sha256`), `${digest.slice('sha256:'.length)}  ${name}\n`);
  if (env['GITHUB_OUTPUT']) appendFileSync(env['GITHUB_OUTPUT'], `archive=${join(folder, name)}\n`);
  say(`Packed: ${name} (${digest})`);
}

async function publishFiles(checkout: Checkout, files: readonly string[]): Promise<void> {
  const notes = notesOf(checkout.read('CHANGELOG.md'), version().text);
  const [first, ...more] = files.map(assetOf);
  if (notes === undefined || first === undefined) {
    throw new Refusal('there are no notes, or no files, to publish.');
  }
  const publication = { version: version(), commit: checkout.commit, notes };
  await publish(repository(), { ...publication, assets: [first, ...more] }, say);
}

function assetOf(path: string): Asset {
  const content = readFileSync(path);
  return { name: basename(path), content, digest: digestOf(content) };
}
