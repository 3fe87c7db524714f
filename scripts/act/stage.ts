import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { buildContractPackage } from '../../local-azure/contract-app/index.ts';

/** Who has published the product, as the examples are told; nobody at GitHub is meant. */
const owner = 'closed-network-owners';
const product = `${owner}/innereye-closed-network`;

/** The two repositories of the play. */
export interface Stage {
  /** The consumer's checkout: the examples, a variables file and a package. */
  readonly consumer: string;
  /** `owner/name@ref=folder`, for act's --local-repository. */
  readonly repositories: readonly string[];
  /** Actions of others that the workflows use and that nothing here stands in for. */
  readonly strangers: readonly string[];
}

/** Files of one run: what act may know, and where. */
export interface Surroundings {
  readonly root: string;
  readonly folder: string;
  /** owner/name of the consumer. */
  readonly repository: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Exports the product and makes a consumer that uses it the way examples/README.md says. */
export async function setStage(surroundings: Surroundings): Promise<Stage> {
  const staged = join(surroundings.folder, 'product');
  const consumer = join(surroundings.folder, 'consumer');
  await exportProduct(surroundings, staged);
  await makeConsumer(surroundings, consumer);
  const files = [...(await workflowsOf(staged)), ...(await workflowsOf(consumer))];
  const played = files.filter((file) => !/\/(ci|release)\.yml$/.test(file));
  const texts = await Promise.all(played.map((file) => readFile(file, 'utf8')));
  const used = actionsIn(texts.join('\n'));
  const standIn = await standInForUpload(surroundings.root, surroundings.folder);
  const uploads = used.filter((name) => name.startsWith('actions/upload-artifact@'));
  return {
    consumer,
    repositories: [
      ...['v1', 'self'].map((ref) => `${product}@${ref}=${staged}`),
      ...uploads.map((name) => `${name}=${standIn}`),
    ],
    strangers: used.filter((name) => !uploads.includes(name)),
  };
}

/**
 * act's own artifact server does not understand today's toolkit (nektos/act#6022), and the action itself
 * cannot be had here. A program of ours that speaks the same protocol to Local Azure stands in for it.
 */
async function standInForUpload(root: string, folder: string): Promise<string> {
  const place = join(folder, 'upload-artifact');
  await mkdir(place);
  const inputs = { name: 'artifact', path: '', 'if-no-files-found': 'warn', overwrite: 'false' };
  const outputs = ['artifact-id', 'artifact-digest', 'artifact-url'];
  const action = {
    name: 'upload',
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, usual]) => [name, { default: usual }]),
    ),
    outputs: Object.fromEntries(outputs.map((name) => [name, { description: name }])),
    runs: { using: 'node24', main: 'index.mjs' },
  };
  await writeFile(join(place, 'action.yml'), JSON.stringify(action)); // JSON is YAML, too
  buildSync({
    ...{ entryPoints: [join(root, 'scripts/act/upload-artifact.ts')] },
    ...{ outfile: join(place, 'index.mjs'), bundle: true, platform: 'node', format: 'esm' },
    banner: {
      js: "import{createRequire as _cr}from'node:module';const require=_cr(import.meta.url);",
    },
    logLevel: 'error',
  });
  return place;
}

/**
 * The tree as a release would hold it: no ignored file. act does not know `$/`, the repository and
 * commit of the file that says it, so the copy names itself by a ref that nobody else uses.
 */
async function exportProduct({ root, signal }: Surroundings, staged: string): Promise<void> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await promisify(execFile)('git', list, { cwd: root, signal });
  for (const name of stdout.split('\0').filter((path) => path && existsSync(join(root, path)))) {
    await mkdir(dirname(join(staged, name)), { recursive: true });
    await cp(join(root, name), join(staged, name));
  }
  for (const file of await workflowsOf(staged)) {
    await edit(file, (text) =>
      text.replaceAll(/uses: \$\/(\S+)/g, (_, path: string) => `uses: ${product}/${path}@self`),
    );
  }
}

/** Reads what the called workflow gave, as a job of the consumer's own would. */
const readOutputs = (call: string): string => `
  read:
    needs: ${call}
    runs-on: ubuntu-24.04
    steps:
      - name: read
        env: { OUTPUTS: '\${{ toJSON(needs.${call}.outputs) }}' }
        run: printf 'json<<end\\n%s\\nend\\n' "$OUTPUTS" >>"$GITHUB_OUTPUT"
`;

/** Workflows that no example calls by themselves, with what a consumer would hand them. */
const alone: Readonly<Record<string, string>> = {
  verify: '{ environment: demo }',
  train:
    "{ environment: demo, image: '${{ vars.INNEREYE_IMAGE }}', training-arguments: --num_epochs=1 }",
};

const callOf = (name: string, inputs: string): string => `name: Alone, ${name}
on: workflow_dispatch
permissions: {}
jobs:
  ${name}:
    permissions: { id-token: write }
    uses: ${product}/.github/workflows/${name}.yml@v1
    with: ${inputs}
`;

/**
 * The examples as a consumer has them, with two differences: a job that reads what the called
 * workflow gave, and a small package of the same HTTP contract, as Local Azure needs no Python for it.
 */
async function makeConsumer(surroundings: Surroundings, consumer: string): Promise<void> {
  const { root, repository, env, signal } = surroundings;
  const workflows = join(consumer, '.github/workflows');
  await mkdir(workflows, { recursive: true });
  for (const file of (await readdir(join(root, 'examples'))).filter((name) =>
    /\.yml$/.test(name),
  )) {
    const example = await readFile(join(root, 'examples', file), 'utf8');
    const call = /^jobs:\n {2}(\w+):$/m.exec(example)?.[1] ?? '';
    const text = withPackage(example.replaceAll('OWNER/', `${owner}/`)) + readOutputs(call);
    await writeFile(join(workflows, file), text);
    if (file === 'fleet.yml') {
      await writeFile(join(workflows, 'misspelt.yml'), text.replace('"location"', '"loction"'));
    }
  }
  for (const [name, inputs] of Object.entries(alone)) {
    await writeFile(join(workflows, `${name}.yml`), callOf(name, inputs) + readOutputs(name));
  }
  await cp(join(root, 'terraform/examples/environment.tfvars'), join(consumer, 'demo.tfvars'));
  await rename(await buildContractPackage(consumer), join(consumer, 'inference.zip'));
  const git = async (...args: string[]): Promise<unknown> =>
    promisify(execFile)('git', args, { cwd: consumer, env: { ...env }, signal, timeout: 30_000 });
  await git('init', '--quiet', '--initial-branch=main');
  await git('remote', 'add', 'origin', `https://github.com/${repository}.git`);
  await git('add', '--all');
  const author = ['-c', 'user.name=consumer', '-c', 'user.email=consumer@example.org'];
  await git(...author, 'commit', '--quiet', '--message=The examples');
}

/** Only where a deploy, or the plan of one, takes a package. */
function withPackage(example: string): string {
  if (!/workflows\/(environment|plan|deploy|fleet)\.yml/.test(example)) return example;
  return example
    .replace(/^( *)variables-file: demo\.tfvars$/m, '$&\n$1inference-package: inference.zip')
    .replace(', variables-file: demo.tfvars', '$&, inference-package: inference.zip')
    .replace('"variables-file": "demo.tfvars"', '$&, "inference-package": "inference.zip"');
}

/** act takes the checkout of the consumer itself from the working tree; all else would be fetched. */
function actionsIn(text: string): string[] {
  const used = [...text.matchAll(/uses: ([^\s#]+)/g)].map(([, name = '']) => name);
  const foreign = used.filter(
    (name) => !/^actions\/checkout@/.test(name) && !name.startsWith(product),
  );
  return [...new Set(foreign)];
}

async function workflowsOf(repository: string): Promise<string[]> {
  const folder = join(repository, '.github/workflows');
  return (await readdir(folder)).map((name) => join(folder, name));
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}
