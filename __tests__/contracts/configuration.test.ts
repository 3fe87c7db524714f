import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { installStandIn } from '../../local-azure/provider/install.ts';
import { brokenNameRule, namesOf } from '../../src/names.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const sources = readdirSync(join(root, 'terraform')).filter((name) => name.endsWith('.tf'));

describe('the Terraform configuration', () => {
  it('keeps its promises on the plan', async () => {
    const copy = join(folder, 'terraform');
    cpSync(join(root, 'terraform'), copy, {
      recursive: true,
      filter: (path) => !path.includes('.terraform'),
    });
    const { cliConfigFile } = await installStandIn(join(folder, 'stand-in'));
    const env = { ...process.env, TF_CLI_CONFIG_FILE: cliConfigFile, CHECKPOINT_DISABLE: 'true' };
    execFileSync('terraform', ['init', '-backend=false', '-input=false'], { cwd: copy, env });
    const test = spawnSync('terraform', ['test', '-no-color'], {
      cwd: copy,
      env,
      encoding: 'utf8',
    });
    expect(test.stdout + test.stderr).toMatch(/Success! \d\d+ passed, 0 failed\./);
  }, 180_000);

  it('derives the names that the action derives', () => {
    const text = read('terraform/tests/names.tftest.hcl');
    const { stateGroup, ...names } = namesOf('demo', '00000000-0000-0000-0000-00000000000A');
    expect(stateGroup).toBe(`${names.resourceGroup}-state`);
    for (const [key, name] of Object.entries(names)) {
      const snake = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      expect(text).toMatch(new RegExp(`^ *${snake} += "${name}"$`, 'm'));
    }
  });

  it.each(['demo', 'a', 'abcdefghij1234', '', 'A', '1abc', 'my-demo', 'abcdefghij12345', 'demö'])(
    'takes the environment %j exactly where the action takes it',
    (environment) => {
      const variables = mkdtempSync(join(folder, 'variables-'));
      cpSync(join(root, 'terraform/variables.tf'), join(variables, 'variables.tf'));
      writeFileSync(join(variables, 'x.auto.tfvars.json'), JSON.stringify({ environment }));
      const plan = spawnSync('terraform', ['plan', '-input=false'], {
        cwd: variables,
        env: { ...process.env, CHECKPOINT_DISABLE: 'true' },
      });
      expect(plan.status === 0).toBe(brokenNameRule(environment) === undefined);
    },
  );

  it.each(sources)('hides no drift in %s', (name) => {
    expect(read(`terraform/${name}`)).not.toMatch(/\b(timestamp|plantimestamp|ignore_changes)\b/);
  });
});

interface Compute {
  readonly condition?: string;
  readonly identity?: { readonly type: string };
  readonly properties: {
    readonly computeType: string;
    readonly disableLocalAuth: boolean;
    readonly properties: Readonly<Record<string, unknown>>;
  };
}

describe('arm/computes.json', () => {
  const text = read('arm/computes.json');
  const template = JSON.parse(text) as {
    readonly parameters: Readonly<Record<string, { readonly metadata?: unknown }>>;
    readonly resources: readonly Compute[];
  };
  const byType = (type: string): Compute | undefined =>
    template.resources.find((one) => one.properties.computeType === type);

  it('opens nothing', () => {
    for (const { properties } of template.resources) {
      expect(properties.disableLocalAuth).toBe(true);
      expect(properties.properties).toMatchObject({
        enableNodePublicIp: false,
        subnet: { id: "[parameters('subnetId')]" },
      });
    }
    expect(byType('AmlCompute')?.properties.properties['remoteLoginPortPublicAccess']).toBe(
      'Disabled',
    );
    expect(byType('ComputeInstance')?.properties.properties['sshSettings']).toEqual({
      sshPublicAccess: 'Disabled',
    });
  });

  it('stops what nobody uses, and gives the instance to one person or makes none', () => {
    const instance = byType('ComputeInstance');
    expect(instance?.properties.properties['idleTimeBeforeShutdown']).toBeDefined();
    expect(instance?.condition).toBe("[not(empty(parameters('instanceUserObjectId')))]");
    expect(instance?.identity).toBeUndefined();
    expect(byType('AmlCompute')?.identity?.type).toBe('UserAssigned');
  });

  it('describes and uses each parameter', () => {
    const used = new Set([...text.matchAll(/parameters\('(\w+)'\)/g)].map((match) => match[1]));
    expect([...used].sort()).toEqual(Object.keys(template.parameters).sort());
    for (const parameter of Object.values(template.parameters)) {
      expect(parameter.metadata).toHaveProperty('description');
    }
  });
});
