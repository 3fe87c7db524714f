import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Settings } from '../../src/inputs/schema.ts';
import { namesOf } from '../../src/names.ts';
import { choicesOf } from '../../src/preflight/choices.ts';
import type { Choices } from '../../src/preflight/choices.ts';
import { tierOf } from '../../src/preflight/app-service.ts';
import { effectiveVariables } from '../../src/terraform/variables.ts';
import type { Values } from '../../src/terraform/variables.ts';
import { settings, subscriptionId } from '../support/settings.ts';
import { root } from '../support/site.ts';
import { stepTools } from '../support/step-tools.ts';

const template = JSON.parse(readFileSync(join(root, 'arm/computes.json'), 'utf8')) as {
  parameters: Record<string, { defaultValue?: unknown }>;
};
const declarations = readFileSync(join(root, 'terraform/variables.tf'), 'utf8');

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'choices-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** The values with a user's file of this text; without one, the defaults. */
async function valuesOf(text = '', shipped = root): Promise<Values> {
  const variablesFile = text === '' ? '' : join(folder, 'lab.tfvars');
  if (text !== '') await writeFile(variablesFile, text);
  const tools = await stepTools(folder, shipped);
  const program = (await tools.shell.which('terraform')) ?? '';
  const environment = { PATH: process.env['PATH'] ?? '', CHECKPOINT_DISABLE: '1' };
  return effectiveVariables({ program, environment }, settings({ variablesFile }), tools);
}

function choices(values: Values, more: Partial<Settings> = {}): Choices {
  return choicesOf(values, template, settings(more), namesOf('lab', subscriptionId));
}

describe('the effective variables', () => {
  it('are the defaults where nobody says otherwise, and no secret among them', async () => {
    const values = await valuesOf();
    const defaultOf = (name: string): string | undefined =>
      new RegExp(`variable "${name}" \\{[^}]*?default\\s+= "?([^"\\n]+)`).exec(declarations)?.[1];
    for (const name of ['probe_vm_size', 'inference_plan_sku', 'zone_redundancy']) {
      expect(String(values[name])).toBe(defaultOf(name));
    }
    expect(values).toMatchObject({ environment: 'lab', location: 'westeurope', tags: {} });
    const secret = [...declarations.matchAll(/^variable "([^"]+)" \{$(.*?)^\}$/gms)]
      .filter(([, , body = '']) => body.includes('sensitive'))
      .map(([, name]) => name);
    expect(secret).toContain('jumpbox_password');
    expect(Object.keys(values)).not.toEqual(expect.arrayContaining(secret));
  });

  it("are those of the user's file, as Terraform reads it", async () => {
    const text = `
      probe_vm_size      = "Standard_\${upper("b")}2s" # functions are not allowed here
      inference_plan_sku = "B1"`;
    await expect(valuesOf(text)).rejects.toThrow(/function/i);
    const values = await valuesOf(
      'inference_plan_sku = "B1"\njumpbox = false\nzone_redundancy = false',
    );
    expect(values).toMatchObject({
      inference_plan_sku: 'B1',
      jumpbox: false,
      zone_redundancy: false,
    });
  });

  it('leave out what is sensitive, also where a user has given it', async () => {
    const values = await valuesOf('jumpbox_password = "Correct-Horse-42"');
    expect(JSON.stringify(values)).not.toContain('Horse');
  });
});

describe('the choices', () => {
  it('have the machines with the sizes of the variables and of the template', async () => {
    const values = await valuesOf('jumpbox_vm_size = "Standard_D2s_v5"');
    const { machines } = choices(values, { instanceUser: 'somebody' });
    const parameter = (name: string): unknown => template.parameters[name]?.defaultValue;
    expect(machines.map(({ what, name, size }) => [what, name, size])).toEqual([
      ['compute cluster', 'lab-cluster', parameter('clusterVmSize')],
      ['compute instance', expect.stringMatching(/^lab-ci-/), parameter('instanceVmSize')],
      ['probe', 'lab-probe', values['probe_vm_size']],
      ['jumpbox', 'lab-jumpbox', 'Standard_D2s_v5'],
    ]);
  });

  it('have no jumpbox and no instance where nobody wants one', async () => {
    const { machines } = choices(await valuesOf('jumpbox = false'));
    expect(machines.map(({ what }) => what)).toEqual(['compute cluster', 'probe']);
  });

  it('do without a variable that is not declared', () => {
    expect(choices({})).toMatchObject({
      planSize: '',
      zoneRedundancy: false,
      secondRegion: false,
      encryptionAtHost: false,
    });
  });

  it('come from variables that are declared, and machines are named as terraform/ names them', () => {
    const source = readFileSync(join(root, 'src/preflight/choices.ts'), 'utf8');
    const read = [...source.matchAll(/values\['(\w+)'\]|machine\('\w+', '(\w+)'\)/g)].map(
      ([, one, other]) => one ?? other ?? '',
    );
    expect(read.length).toBeGreaterThan(6);
    for (const name of read) expect(declarations).toContain(`variable "${name}" {`);
    for (const [file, what] of [
      ['probe.tf', 'probe'],
      ['jumpbox.tf', 'jumpbox'],
      ['monitor.tf', 'logs'],
    ] as const) {
      const text = readFileSync(join(root, 'terraform', file), 'utf8');
      expect(text).toContain(`= "\${var.environment}-${what}"`);
    }
  });
});

describe('the tier of a plan', () => {
  it.each([
    ['B1', 'BASIC'],
    ['P0v3', 'PREMIUM0V3'],
    ['P1v3', 'PREMIUMV3'],
    ['P2mv3', 'PREMIUMMV3'],
    ['P0v4', 'PREMIUM0V4'],
    ['P3v4', 'PREMIUMV4'],
  ])('of %s is %s', (size, tier) => {
    expect(tierOf(size)).toBe(tier);
  });
});
