import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { publicationsOf } from '../../local-azure/operations/github/releases.ts';
import type { ActRun } from './run.ts';
import { runWorkflow } from './run.ts';
import type { Theatre } from './theatre.ts';
import { whatJobsGet } from './theatre.ts';

const tag = 'v1.2.3';
const jobs = [`Check ${tag}`, `Publish ${tag}`];

/**
 * The release workflow in a small repository of its own: release.yml and scripts/release as they are; dist/,
 * its build, and the actions that Node and the attestation come from are small stand-ins. A trial, a tag
 * whose CI failed, the release, and the same once more.
 */
export async function releases(theatre: Theatre): Promise<void> {
  const { ledger, azure } = theatre;
  const { folder, sha, repositories } = await makeRepository(theatre);
  const kept = publicationsOf(azure.world);
  kept.tags.set(tag, sha);
  const start = (event: string, payload: object): Promise<ActRun> => {
    const given = whatJobsGet(azure);
    return runWorkflow(
      { ...theatre.act, consumer: folder, repositories },
      {
        ...{ event, workflow: 'release.yml', payload },
        ...{ variables: {}, secrets: given.secrets },
        jobEnv: { ...given.jobEnv, NODE_USE_ENV_PROXY: '1' },
      },
    );
  };
  const pushed = { ref: `refs/tags/${tag}`, after: sha };
  const claimJobs = (run: ActRun, wanted: readonly string[]): void => {
    const seen = [...run.jobs].map(([job, result]) => `${job}: ${result}`);
    const same = JSON.stringify(seen) === JSON.stringify(wanted);
    ledger.claim(`these jobs ran: ${wanted.join(', ')}`, same, [...seen, ...run.log.slice(-12)]);
  };
  const [check = '', publish = ''] = jobs;

  ledger.scene('a release whose CI failed');
  azure.journal.stage = 'release';
  kept.ci.set(sha, 'failure');
  const refused = await start('push', pushed);
  claimJobs(refused, [`${check}: failure`]);
  ledger.claim('nothing is published', kept.releases.length === 0, kept.releases);

  ledger.scene('a release that is tried by hand');
  kept.ci.set(sha, 'success');
  claimJobs(await start('workflow_dispatch', { inputs: { tag } }), [`${check}: success`]);
  ledger.claim('nothing is published', kept.releases.length === 0, kept.releases);

  for (const title of ['a release', 'the same release, run again']) {
    ledger.scene(title);
    claimJobs(await start('push', pushed), [`${check}: success`, `${publish}: success`]);
    const [release] = kept.releases;
    const isWhole = release?.draft === false && release.assets.length === 3;
    const isAlone = kept.releases.length === 1;
    ledger.claim('one release is published, with three files', isWhole && isAlone, kept.releases);
    ledger.claim('v1 is its commit', kept.tags.get('v1') === sha, [...kept.tags]);
  }
  const unknown = azure.journal.unknown.filter(({ stage }) => stage === 'release');
  ledger.claim('Local Azure knows everything it was asked', unknown.length === 0, unknown);
}

interface Repository {
  readonly folder: string;
  readonly sha: string;
  readonly repositories: readonly string[];
}

async function makeRepository({ act, root, repository }: Theatre): Promise<Repository> {
  const folder = join(act.folder, 'released');
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await cp(join(root, 'scripts/release'), join(folder, 'scripts/release'), { recursive: true });
  await mkdir(join(folder, '.github/workflows'), { recursive: true });
  await cp(
    join(root, '.github/workflows/release.yml'),
    join(folder, '.github/workflows/release.yml'),
  );
  const version = tag.slice(1);
  const named = { name: 'released', version, type: 'module' };
  await write('package.json', JSON.stringify(named));
  await write(
    'package-lock.json',
    JSON.stringify({ ...named, lockfileVersion: 3, requires: true, packages: { '': named } }),
  );
  await write('CHANGELOG.md', `# Changelog\n\n## ${version}\n\nThe first.\n`);
  await write('action.yml', 'name: released\n');
  await write('dist/index.js', 'run();\n');
  await write(
    'scripts/build.ts',
    `import { cpSync } from 'node:fs';\ncpSync('dist', process.argv[2] ?? '', { recursive: true });\n`,
  );
  const git = async (...args: string[]): Promise<string> => {
    const options = { cwd: folder, env: { ...act.env }, signal: act.signal };
    return (await promisify(execFile)('git', args, options)).stdout.trim();
  };
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', `https://github.com/${repository}.git`);
  await git('add', '--all');
  const author = ['-c', 'user.name=owner', '-c', 'user.email=owner@example.org'];
  await git(...author, 'commit', '--quiet', '--message=The first');
  await git('tag', tag);
  await git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  return {
    folder,
    sha: await git('rev-parse', 'HEAD'),
    repositories: await standIns(act.folder, join(root, '.github/workflows/release.yml')),
  };
}

/** What stands in for the actions of others: Node is there already, and nobody signs anything here. */
async function standIns(folder: string, workflow: string): Promise<readonly string[]> {
  const programs = {
    'actions/setup-node': '',
    'actions/attest': `const { appendFileSync, writeFileSync } = require('node:fs');
const { GITHUB_OUTPUT, RUNNER_TEMP } = process.env;
const bundle = \`\${RUNNER_TEMP}/attestation.json\`;
writeFileSync(bundle, '{}');
appendFileSync(GITHUB_OUTPUT, \`bundle-path=\${bundle}\\n\`);
`,
  };
  const text = await readFile(workflow, 'utf8');
  return Promise.all(
    Object.entries(programs).map(async ([name, program]) => {
      const place = join(folder, name.replace('/', '-'));
      await mkdir(place);
      const runs = 'runs: { using: node24, main: index.cjs }';
      await writeFile(join(place, 'action.yml'), `name: ${name}\n${runs}\n`);
      await writeFile(join(place, 'index.cjs'), program);
      const [pin = ''] = new RegExp(`${name}@[0-9a-f]{40}`).exec(text) ?? [];
      return `${pin}=${place}`;
    }),
  );
}
