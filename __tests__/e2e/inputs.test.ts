import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { runStep } from '../../local-azure/demo/runner.ts';
import type { StepResult } from '../../local-azure/demo/runner.ts';
import { root, temporaryFolder } from '../support/site.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const good = {
  command: 'plan',
  environment: 'demo',
  'client-id': '11111111-2222-3333-4444-555555555555',
  'tenant-id': '21111111-2222-3333-4444-555555555555',
  'subscription-id': '31111111-2222-3333-4444-555555555555',
};

let count = 0;
/** A step on a machine that has no way out at all. */
function step(
  inputs: Record<string, string>,
  environment: Record<string, string> = {},
): Promise<StepResult> {
  const machine = {
    action: root,
    folder: join(folder, 'runner'),
    workspace: folder,
    environment: { HTTPS_PROXY: 'http://127.0.0.1:9', ...environment },
    print: () => undefined,
  };
  return runStep(machine, String(++count), inputs, {});
}

describe('the built action on wrong input', () => {
  it('reports everything that is wrong at once and touches nothing', async () => {
    const { code, log } = await step({
      ...good,
      environment: 'A',
      'tenant-id': 'x',
      enviroment: 'demo',
    });
    expect(code).toBe(1);
    expect(log).toContain('Error: 3 inputs are not right:');
    expect(log).toContain('environment: it must begin with a lower-case letter; it got "A"');
    expect(log).toContain('tenant-id: must be a GUID');
    expect(log).toContain('did you mean environment?');
    expect(log).toContain('nothing has been touched');
    expect(log).not.toMatch(/^\s+at /m);
  });

  it('never shows a secret input', async () => {
    const { log } = await step({
      ...good,
      command: 'nonsense',
      'github-token': 'ghs_canary0123456789',
    });
    expect(log).not.toContain('canary');
  });

  it('names a variables file that is missing', async () => {
    const { code, log } = await step({ ...good, 'variables-file': 'nowhere.tfvars' });
    expect(code).toBe(1);
    expect(log).toContain('variables-file: there is no file "nowhere.tfvars"');
  });

  it('shows what is wrong with the syntax of a variables file', async () => {
    writeFileSync(join(folder, 'broken.tfvars'), 'address_space = [\n');
    const { code, log } = await step({ ...good, 'variables-file': join(folder, 'broken.tfvars') });
    expect(code).toBe(1);
    expect(log).toContain('variables-file/broken.tfvars:');
    expect(log).not.toContain('login.microsoftonline.com');
  });

  it('refuses a variable that nobody declared and names the nearest one', async () => {
    writeFileSync(join(folder, 'unknown.tfvars'), 'adress_space = "10.2.0.0/16"\n');
    const { code, log } = await step({ ...good, 'variables-file': join(folder, 'unknown.tfvars') });
    expect(code).toBe(1);
    expect(log).toContain('"adress_space" (did you mean address_space?)');
  });

  it('leaves the name and the region to the inputs', async () => {
    const own = 'environment = "other"\nlocation = "northeurope"\ntags = { environment = "x" }\n';
    writeFileSync(join(folder, 'own.tfvars'), own);
    const { code, log } = await step({ ...good, 'variables-file': join(folder, 'own.tfvars') });
    expect(code).toBe(1);
    expect(log).toContain('sets environment to "other", but the input environment says "demo"');
    expect(log).toContain(
      'sets location to "northeurope", but the input location says "westeurope"',
    );
  });

  it('refuses a package that is missing before it logs in', async () => {
    const { code, log } = await step({
      ...good,
      command: 'deploy',
      'inference-package': 'nope.zip',
    });
    expect(code).toBe(1);
    expect(log).toContain('The package of the inference app does not exist: nope.zip.');
    expect(log).not.toContain('Terraform 1.');
  });

  it('refuses address ranges that overlap', async () => {
    writeFileSync(join(folder, 'overlap.tfvars'), 'subnet_prefixes = { probe = "10.1.0.0/28" }\n');
    const { code, log } = await step({ ...good, 'variables-file': join(folder, 'overlap.tfvars') });
    expect(code).toBe(1);
    expect(log).toContain('these overlap: default (10.1.0.0/24) and probe (10.1.0.0/28)');
  });

  it('says where it may not write', async () => {
    const blocked = join(folder, 'blocked');
    writeFileSync(blocked, 'a file where a folder is needed');
    const { code, log } = await step(good, { RUNNER_TEMP: join(blocked, 'temp') });
    expect(code).toBe(1);
    expect(log).toContain('make the folder that RUNNER_TEMP names writable');
  });
});

describe('the built action without a fitting Terraform', () => {
  const programs = join(folder, 'programs');

  it('names the version it found and the one it needs', async () => {
    mkdirSync(programs, { recursive: true });
    const fake = join(programs, 'terraform');
    writeFileSync(fake, '#!/bin/sh\necho \'{"terraform_version":"1.5.7"}\'\n');
    chmodSync(fake, 0o755);
    const PATH = programs;
    const { code, log } = await step(good, { PATH });
    expect(code).toBe(1);
    expect(log).toContain('1.5.7');
    expect(log).toContain('1.11');
  });

  it('says that there is none and that it could not be downloaded', async () => {
    const { code, log } = await step(good, { PATH: join(folder, 'empty') });
    expect(code).toBe(1);
    expect(log).toMatch(/Terraform/);
    expect(log).toMatch(/Next: /);
  });
});
