import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settled } from './options.ts';

/** Which azurerm Terraform gets, and how it is told. */
export interface ChosenProvider {
  readonly kind: 'stand-in' | 'real' | 'none';
  readonly cliConfigFile: string | undefined;
  /** Hosts that Terraform must reach without our proxy, to fetch the real provider. */
  readonly direct: readonly string[];
}

/** Where Terraform gets a provider for which no mirror is named: HashiCorp's registry and its releases. */
const registry = ['registry.terraform.io', 'releases.hashicorp.com'];

/** Picks the provider and, for the stand-in, installs it below `folder`. */
export async function chooseProvider(options: Settled, folder: string): Promise<ChosenProvider> {
  const given = options.cliConfigFile;
  const direct = given === undefined ? [] : await mirrorHosts(given);
  if (options.provider === 'none') return { kind: 'none', cliConfigFile: given, direct };
  const hasMirror = direct.length > 0 || (given !== undefined && (await namesMirror(given)));
  if (options.provider === 'real' || (options.provider === 'auto' && hasMirror)) {
    return { kind: 'real', cliConfigFile: given, direct: hasMirror ? direct : registry };
  }
  const { installStandIn } = await import('./provider/install.ts');
  const { cliConfigFile } = await installStandIn(join(folder, 'terraform'));
  return { kind: 'stand-in', cliConfigFile, direct: [] };
}

/** Hosts of the network mirrors that a CLI configuration of Terraform names. */
async function mirrorHosts(file: string): Promise<string[]> {
  const urls = (await textOf(file)).matchAll(/^\s*url\s*=\s*"(https:\/\/[^"]+)"/gm);
  return [...urls].map((match) => new URL(match[1] ?? '').hostname);
}

async function namesMirror(file: string): Promise<boolean> {
  return /\b(filesystem|network)_mirror\b/.test(await textOf(file));
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
