import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { installStandIn } from '../../local-azure/provider/install.ts';
import { brokenNameRule } from '../../src/name-rules.ts';
import { namesOf } from '../../src/names.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'configuration-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const sources = readdirSync(join(root, 'terraform')).filter((name) => name.endsWith('.tf'));
const everything = sources.map((name) => read(`terraform/${name}`)).join('\n');
const resources = [...everything.matchAll(/^resource "(\w+)" "(\w+)"/gm)].map((match) => ({
  type: match[1] ?? '',
  name: match[2] ?? '',
}));

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
  }, 300_000);

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

  it('hides no drift, but for the password that only a new jumpbox takes', () => {
    const ignored = everything.match(/ignore_changes.*/g);
    expect(ignored).toEqual(['ignore_changes = [admin_password]']);
    expect(read('terraform/jumpbox.tf')).toContain('ignore_changes = [admin_password]');
  });

  it('makes nothing random or dated, runs nothing and waits for no clock', () => {
    expect(everything).not.toMatch(
      /\b(timestamp|plantimestamp|uuid|bcrypt)\(|"(random|time|null|external|local)_|provisioner "/,
    );
  });

  it('has one public address, the firewall’s', () => {
    expect(resources.filter(({ type }) => type === 'azurerm_public_ip')).toEqual([
      { type: 'azurerm_public_ip', name: 'firewall' },
    ]);
    expect(everything.match(/public_ip_address_id.*/g)).toEqual([
      'public_ip_address_id = azurerm_public_ip.firewall.id',
    ]);
    expect(everything).not.toMatch(
      /public_ip_prefix|nat_rule_collection|azurerm_nat_gateway|azurerm_lb/,
    );
  });

  it('keeps its security rules where the tests look: inside the groups', () => {
    expect(everything).not.toMatch(
      /"azurerm_(network_security_rule|route|firewall_\w+_rule_collection)"/,
    );
  });

  it('gives every service a private endpoint', () => {
    const services = resources.filter(({ type }) =>
      /_(key_vault|storage_account|container_registry|machine_learning_workspace|linux_web_app)$/.test(
        type,
      ),
    );
    expect(services).toHaveLength(5);
    for (const { type, name } of services) {
      expect(read('terraform/private-endpoints.tf')).toContain(`${type}.${name}.id`);
    }
  });

  it('sends away the logs of everything that keeps any', () => {
    const silent =
      /_(resource_group|subnet|subnet_.*|route_table|network_interface|.*_virtual_machine|private_.*|user_assigned_identity|role_assignment|firewall_policy.*|application_insights|service_plan|bastion_host|dev_test_.*|monitor_diagnostic_setting)$/;
    for (const { type, name } of resources.filter((one) => !silent.test(one.type))) {
      expect(read('terraform/diagnostics.tf')).toContain(`${type}.${name}`);
    }
  });

  it('gives out no secret', () => {
    const outputs = read('terraform/outputs.tf').replaceAll(/^#.*/gm, '');
    expect(outputs).not.toMatch(/password|secret|access_key|connection_string|sensitive/);
  });

  it('skips at most ten of checkov’s rules, each with a reason', () => {
    const skips = [...everything.matchAll(/#checkov:skip=(\w+):(.*)/g)];
    expect(everything.match(/checkov:skip/g)).toHaveLength(skips.length);
    expect(skips.length).toBeLessThanOrEqual(10);
    for (const [, , reason] of skips) expect(reason?.split(' ').length).toBeGreaterThan(5);
    const decision = read('docs/decisions/0008-what-is-paid-for-and-what-is-skipped.md');
    for (const [, rule] of skips) expect(decision).toContain(`| ${rule ?? ''} |`);
  });

  it('knows the same regions where it refuses one and where it copies to one', () => {
    const known = /contains\(\[([^\]]*)\], var\.location\)/.exec(
      read('terraform/variables.tf'),
    )?.[1];
    const table = read('terraform/regions.tf').split('image_copy_regions')[0] ?? '';
    const rows = [...table.matchAll(/^ {4}(\w+) += (true|false)$/gm)].map((row) => row[1]);
    expect(rows.length).toBeGreaterThan(40);
    expect([...(known ?? '').matchAll(/"(\w+)"/g)].map((name) => name[1])).toEqual(rows);
  });
});

describe('examples/environment.tfvars', () => {
  const template = read('terraform/examples/environment.tfvars');
  const variables = [...read('terraform/variables.tf').matchAll(/^variable "(\w+)"/gm)]
    .map((match) => match[1] ?? '')
    .filter((name) => name !== 'environment');

  it('has every optional variable, as a comment', () => {
    expect(template.replaceAll(/^(#.*)?$/gm, '').trim()).toBe('');
    const named = [...template.matchAll(/^# (\w+) +=/gm)].map((match) => match[1]);
    expect(named.sort()).toEqual(variables.sort());
  });

  it('is right when its comments are taken away', () => {
    const there = mkdtempSync(join(folder, 'template-'));
    cpSync(join(root, 'terraform/variables.tf'), join(there, 'variables.tf'));
    writeFileSync(join(there, 'x.auto.tfvars'), `environment = "demo"\n${uncommented(template)}`);
    const plan = spawnSync('terraform', ['plan', '-input=false', '-no-color'], {
      cwd: there,
      env: { ...process.env, CHECKPOINT_DISABLE: 'true' },
      encoding: 'utf8',
    });
    expect(plan.stdout + plan.stderr).not.toMatch(/Error|Warning: Value for undeclared/);
    expect(plan.status).toBe(0);
  });
});

/** The assignments of the template, without the comment signs and without its prose. */
function uncommented(template: string): string {
  const lines: string[] = [];
  let inside = false;
  for (const line of template.split('\n')) {
    const starts = /^# (?!jumpbox_password)\w+ +=/.test(line);
    if (!starts && !inside) continue;
    lines.push(line.slice(2));
    inside = starts ? line.endsWith('{') : !/^# }/.test(line);
  }
  return lines.join('\n').replace('"ssh-ed25519 AAAA..."', '"ssh-ed25519 AAAA"');
}

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
