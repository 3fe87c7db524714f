import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { usualMachines } from '../../src/preflight/index.ts';
import { outputNames } from '../../src/terraform/outputs.ts';

const root = join(import.meta.dirname, '../..');

describe('generated files', () => {
  it('follow from the schema', () => {
    expect(() =>
      execFileSync(process.execPath, [join(root, 'scripts/docs.ts'), '--check'], { stdio: 'pipe' }),
    ).not.toThrow();
  });
});

describe('terraform/outputs.tf', () => {
  it('declares exactly what the action decodes', () => {
    const text = readFileSync(join(root, 'terraform/outputs.tf'), 'utf8');
    const declared = [...text.matchAll(/^output "([^"]+)"/gm)].map((match) => match[1]);
    expect(declared.sort()).toEqual([...outputNames].sort());
  });
});

describe('the machines that preflight asks about', () => {
  it('have the sizes that the configuration and the template take by default', () => {
    const variables = readFileSync(join(root, 'terraform/variables.tf'), 'utf8');
    const probe = /variable "probe_vm_size" \{[^}]*?default\s+= "([^"]+)"/.exec(variables)?.[1];
    const template = JSON.parse(readFileSync(join(root, 'arm/computes.json'), 'utf8')) as {
      parameters: Record<string, { defaultValue?: string } | undefined>;
    };
    const [cluster, instance, machine] = usualMachines({ instanceUser: 'somebody' });
    expect(cluster?.size).toBe(template.parameters['clusterVmSize']?.defaultValue);
    expect(instance?.size).toBe(template.parameters['instanceVmSize']?.defaultValue);
    expect(machine?.size).toBe(probe);
  });
});
