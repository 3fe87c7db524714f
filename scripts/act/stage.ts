import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
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
  const texts = await Promise.all([
    ...['deploy', 'plan', 'drift'].map((name) =>
      readFile(join(staged, '.github/workflows', `${name}.yml`), 'utf8'),
    ),
    ...(await workflowsOf(consumer)).map((file) => readFile(file, 'utf8')),
  ]);
  return {
    consumer,
    repositories: ['v1', 'self'].map((ref) => `${product}@${ref}=${staged}`),
    strangers: strangersIn(texts.join('\n')),
  };
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

async function makeConsumer(surroundings: Surroundings, consumer: string): Promise<void> {
  const { root, repository, env, signal } = surroundings;
  const workflows = join(consumer, '.github/workflows');
  await mkdir(workflows, { recursive: true });
  for (const name of ['deploy', 'plan', 'drift']) {
    const example = await readFile(join(root, 'examples', `${name}.yml`), 'utf8');
    const text = example.replaceAll('OWNER/', `${owner}/`) + readOutputs(name);
    await writeFile(join(workflows, `${name}.yml`), text);
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

/** act takes the checkout of the consumer itself from the working tree; all else would be fetched. */
function strangersIn(text: string): string[] {
  const used = [...text.matchAll(/uses: ([^\s#]+)/g)].map(([, name = '']) => name);
  return used.filter((name) => !/^actions\/checkout@/.test(name) && !name.startsWith(product));
}

async function workflowsOf(repository: string): Promise<string[]> {
  const folder = join(repository, '.github/workflows');
  return (await readdir(folder)).map((name) => join(folder, name));
}

async function edit(file: string, change: (text: string) => string): Promise<void> {
  await writeFile(file, change(await readFile(file, 'utf8')));
}
