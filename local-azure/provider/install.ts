import { buildSync } from 'esbuild';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The version of azurerm that this provider stands in for. */
export const VERSION = '5.2.0';

const NAME = 'registry.terraform.io/hashicorp/azurerm';

/** Terraform's names for this machine, such as linux_amd64. */
function platform(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const machine = process.arch === 'x64' ? 'amd64' : process.arch;
  return `${system}_${machine}`;
}

function cliConfig(mirror: string): string {
  // No `direct` block: this provider is found here or nowhere, and no registry is ever asked.
  return `provider_installation {\n  filesystem_mirror {\n    path    = ${JSON.stringify(mirror)}\n    include = ["${NAME}"]\n  }\n}\ndisable_checkpoint = true\n`;
}

/**
 * Bundles the stand-in provider into a filesystem mirror below `folder` and writes a Terraform CLI
 * configuration that finds it there and nowhere else. The same sources give the same bytes, so the
 * hash in a lock file stays what it was; it does name the Node that runs this, by absolute path.
 */
export async function installStandIn(
  folder: string,
): Promise<{ cliConfigFile: string; mirror: string }> {
  // The program runs under the Node that installs it, and older ones cannot go through a proxy.
  if (Number.parseInt(process.versions.node, 10) < 24) {
    throw new Error(`The stand-in provider needs Node 24; this is ${process.version}.`);
  }
  const mirror = join(folder, 'mirror');
  const target = join(mirror, NAME, VERSION, platform());
  mkdirSync(target, { recursive: true });
  // A package.json with "type": "module" above would make Node refuse a script without extension.
  writeFileSync(join(folder, 'package.json'), '{"type":"commonjs"}\n');
  // Not `build`: that leaves a process of its own behind, which keeps ours from ending.
  buildSync({
    entryPoints: [join(dirname(fileURLToPath(import.meta.url)), 'main.ts')],
    outfile: join(target, `terraform-provider-azurerm_v${VERSION}`),
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: `#!${process.execPath}` },
    logLevel: 'error',
  });
  chmodSync(join(target, `terraform-provider-azurerm_v${VERSION}`), 0o755);
  const cliConfigFile = join(folder, 'terraform.tfrc');
  writeFileSync(cliConfigFile, cliConfig(mirror));
  return { cliConfigFile, mirror };
}
