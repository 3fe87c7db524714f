import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installStandIn } from '../../../local-azure/provider/install.ts';

describe('the installed provider', () => {
  const folders: string[] = [];

  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  async function install(): Promise<{ program: string; cliConfigFile: string }> {
    const folder = mkdtempSync(join(tmpdir(), 'install-'));
    folders.push(folder);
    const { mirror, cliConfigFile } = await installStandIn(folder);
    const version = join(mirror, 'registry.terraform.io', 'hashicorp', 'azurerm', '5.2.0');
    const [platform] = readdirSync(version);
    return {
      program: join(version, platform!, 'terraform-provider-azurerm_v5.2.0'),
      cliConfigFile,
    };
  }

  it('has the same bytes wherever it is installed, so that a lock file holds', async () => {
    const [one, two] = [await install(), await install()];
    expect(readFileSync(one.program).equals(readFileSync(two.program))).toBe(true);
  });

  it('is a program that names its Node by absolute path', async () => {
    const { program } = await install();
    expect(readFileSync(program, 'utf8').split('\n')[0]).toBe(`#!${process.execPath}`);
    expect(statSync(program).mode & 0o111).toBe(0o111);
  });

  it('is found in its mirror and nowhere else', async () => {
    const { cliConfigFile } = await install();
    const text = readFileSync(cliConfigFile, 'utf8');
    expect(text).toContain('filesystem_mirror');
    expect(text).not.toContain('direct');
  });
});
