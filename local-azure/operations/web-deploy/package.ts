import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram } from '../../inside/process.ts';
import type { StoredResource, World } from '../../world.ts';

async function run(
  world: World,
  site: StoredResource,
  folder: string,
  command: string,
  args: readonly string[],
): Promise<{ readonly exitCode: number; readonly said: string }> {
  let said = '';
  const program = await startProgram(world, {
    source: { kind: 'app', id: site.id },
    command,
    args,
    folder,
    variables: {},
    onOutput: (_stream, bytes) => void (said = (said + bytes.toString('utf8')).slice(-2000)),
  });
  const { exitCode } = await program.ended;
  return { exitCode, said: said.trim() };
}

/**
 * Fetches a package the way the app itself would, through its subnet, and unpacks it. Gives the
 * folder of its files, or why it could not be had.
 */
export async function fetchPackage(
  world: World,
  site: StoredResource,
  uri: string,
): Promise<{ readonly folder: string } | { readonly failure: string }> {
  const base = join(world.folder, 'apps', site.name.toLowerCase(), randomUUID().slice(0, 8));
  const [zip, folder] = [join(base, 'package.zip'), join(base, 'wwwroot')];
  await mkdir(folder, { recursive: true });
  // The address may carry a signature, so it goes by a file and not on the command line.
  const config = join(base, 'curl.config');
  await writeFile(config, `url = "${uri.replaceAll(/["\\]/g, '\\$&')}"\n`, { mode: 0o600 });
  const fetched = await run(world, site, base, 'curl', [
    '-q',
    ...['--silent', '--show-error', '--fail', '--globoff', '--proto', '=https'],
    ...['--max-time', '300', '--config', config, '--output', zip],
  ]);
  await rm(config);
  if (fetched.exitCode !== 0) {
    return { failure: `Failed to download the package: ${fetched.said}` };
  }
  const unpacked = await run(world, site, base, 'unzip', ['-q', '-o', zip, '-d', folder]);
  await rm(zip, { force: true });
  // unzip says 1 where it only warns.
  if (unpacked.exitCode > 1) return { failure: `Failed to extract the package: ${unpacked.said}` };
  return { folder };
}
