import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installStandIn } from '../../../local-azure/provider/install.ts';
import { compactSchema } from '../../../local-azure/provider/terraform/compact.ts';
import type { PrintedSchema } from '../../../local-azure/provider/terraform/compact.ts';
import schemas from '../../../local-azure/provider/facts/schema.json' with { type: 'json' };
import { serveArm } from './arm-server.ts';
import type { ArmServer } from './arm-server.ts';

const SUBSCRIPTION = '/subscriptions/00000000-0000-0000-0000-000000000001';
const NETWORK = `${SUBSCRIPTION}/resourceGroups/net/providers/Microsoft.Network`;

const MAIN = `
terraform {
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.2"
    }
  }
}
provider "azurerm" {
  features {}
}
variable "location" { default = "westeurope" }
variable "purpose" { default = "test" }
resource "azurerm_resource_group" "this" {
  name     = "net"
  location = var.location
  tags     = { purpose = var.purpose }
}
resource "azurerm_virtual_network" "this" {
  name                = "vnet"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
  address_space       = ["10.0.0.0/16"]
}
resource "azurerm_subnet" "this" {
  for_each             = { one = "10.0.1.0/24", two = "10.0.2.0/24" }
  name                 = each.key
  resource_group_name  = azurerm_resource_group.this.name
  virtual_network_name = azurerm_virtual_network.this.name
  address_prefixes     = [each.value]
}
resource "azurerm_network_security_group" "this" {
  name                = "nsg"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
}
resource "azurerm_subnet_network_security_group_association" "this" {
  for_each                  = azurerm_subnet.this
  subnet_id                 = each.value.id
  network_security_group_id = azurerm_network_security_group.this.id
}
resource "azurerm_route_table" "this" {
  name                = "routes"
  resource_group_name = azurerm_resource_group.this.name
  location            = azurerm_resource_group.this.location
}
resource "azurerm_subnet_route_table_association" "this" {
  for_each       = azurerm_subnet.this
  subnet_id      = each.value.id
  route_table_id = azurerm_route_table.this.id
}
data "azurerm_client_config" "this" {}
output "object_id" { value = data.azurerm_client_config.this.object_id }
`;

interface Run {
  readonly code: number;
  readonly output: string;
}

interface PlanFile {
  readonly resource_changes: readonly {
    readonly address: string;
    readonly change: { readonly actions: string[] };
  }[];
}

describe('the stand-in under Terraform', () => {
  let server: ArmServer;
  let root: string;
  let folder: string;
  let cliConfigFile: string;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'stand-in-'));
    ({ cliConfigFile } = await installStandIn(join(root, 'provider')));
  });

  beforeEach(async () => {
    server = await serveArm();
    folder = mkdtempSync(join(root, 'work-'));
    writeFileSync(join(folder, 'main.tf'), MAIN);
    const { code, output } = await terraform('init');
    if (code !== 0) throw new Error(output);
  });

  afterEach(() => server.close());

  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  function begin(...args: string[]): [ChildProcess, Promise<Run>] {
    const env = {
      ...process.env,
      ...server.environment,
      TF_CLI_CONFIG_FILE: cliConfigFile,
      TF_IN_AUTOMATION: '1',
      NODE_OPTIONS: '',
    };
    const child = spawn('terraform', [...args, ...(args[0] === 'show' ? [] : ['-no-color'])], {
      cwd: folder,
      env,
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    return [
      child,
      new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? -1, output }))),
    ];
  }

  function terraform(...args: string[]): Promise<Run> {
    return begin(...args)[1];
  }

  async function planned(...args: string[]): Promise<Record<string, string>> {
    const run = await terraform('plan', '-out=plan', '-detailed-exitcode', ...args);
    if (run.code === 1) throw new Error(run.output);
    const shown = JSON.parse((await terraform('show', '-json', 'plan')).output) as PlanFile;
    const all = shown.resource_changes.map(
      ({ address, change }) => [address, change.actions.join()] as const,
    );
    return Object.fromEntries(all.filter(([, actions]) => actions !== 'no-op'));
  }

  function typesInState(): string[] {
    const file = join(folder, 'terraform.tfstate');
    if (!existsSync(file)) return [];
    const state = JSON.parse(readFileSync(file, 'utf8')) as { resources: { type: string }[] };
    return state.resources.map(({ type }) => type);
  }

  it('prints the schema that it was given of the real provider', async () => {
    const [, run] = begin('providers', 'schema', '-json');
    const text = (await run).output;
    const printed = (
      JSON.parse(text.slice(0, text.lastIndexOf('}') + 1)) as {
        provider_schemas: Record<string, { resource_schemas: Record<string, PrintedSchema> }>;
      }
    ).provider_schemas['registry.terraform.io/hashicorp/azurerm'];
    for (const [type, compact] of Object.entries(schemas.resources)) {
      expect({
        type,
        schema: compactSchema(printed?.resource_schemas[type] as PrintedSchema),
      }).toStrictEqual({ type, schema: compact });
    }
  });

  it('creates, then finds nothing to do, then deletes', async () => {
    const applied = await terraform('apply', '-auto-approve');
    expect(applied).toMatchObject({
      code: 0,
      output: expect.stringContaining('10 added, 0 changed, 0 destroyed'),
    });
    expect(applied.output).toContain('object_id = "11111111-1111-1111-1111-111111111111"');
    expect(await planned()).toStrictEqual({});
    const destroyed = await terraform('destroy', '-auto-approve');
    expect(destroyed).toMatchObject({ code: 0, output: expect.stringContaining('10 destroyed') });
    expect(server.arm.documents.size).toBe(0);
  });

  it('loses no association when two are written to one subnet at once', async () => {
    server.delay = 30;
    expect(await terraform('apply', '-auto-approve')).toMatchObject({ code: 0 });
    for (const name of ['one', 'two']) {
      const subnet = server.arm.documents.get(
        `${NETWORK}/virtualNetworks/vnet/subnets/${name}`.toLowerCase(),
      );
      expect(subnet).toMatchObject({
        properties: {
          networkSecurityGroup: { id: expect.stringContaining('nsg') },
          routeTable: { id: expect.stringContaining('routes') },
        },
      });
    }
  });

  it('sees what was changed and what was deleted behind its back', async () => {
    await terraform('apply', '-auto-approve');
    const group = server.arm.documents.get(`${SUBSCRIPTION}/resourceGroups/net`.toLowerCase());
    group!['tags'] = { purpose: 'other' };
    server.arm.documents.delete(`${NETWORK}/virtualNetworks/vnet/subnets/two`.toLowerCase());
    expect(await planned()).toMatchObject({
      'azurerm_resource_group.this': 'update',
      'azurerm_subnet.this["two"]': 'create',
    });
  });

  it('changes in place what may be, and replaces for the rest', async () => {
    await terraform('apply', '-auto-approve');
    expect(await planned('-var=purpose=other')).toStrictEqual({
      'azurerm_resource_group.this': 'update',
    });
    server.arm.written.length = 0;
    expect(await terraform('apply', 'plan')).toMatchObject({ code: 0 });
    expect(server.arm.written).toMatchObject([
      { method: 'PATCH', body: { tags: { purpose: 'other' } } },
    ]);
    const replaced = await planned('-var=purpose=other', '-var=location=northeurope');
    expect(replaced).toMatchObject({
      'azurerm_resource_group.this': 'delete,create',
      'azurerm_virtual_network.this': 'delete,create',
    });
  });

  it('stores what was wanted of a change that failed, as the SDK does', async () => {
    await terraform('apply', '-auto-approve');
    server.arm.intercept = (method) => (method === 'PATCH' ? { status: 403 } : undefined);
    expect(await terraform('apply', '-auto-approve', '-var=purpose=other')).toMatchObject({
      code: 1,
    });
    const state = readFileSync(join(folder, 'terraform.tfstate'), 'utf8');
    expect(state).toContain('"purpose": "other"');
    // The next reading finds what there is.
    expect(await planned('-var=purpose=other')).toStrictEqual({
      'azurerm_resource_group.this': 'update',
    });
  });

  it('names the id of what exists already, and imports it', async () => {
    await terraform('apply', '-auto-approve');
    await terraform('state', 'rm', 'azurerm_virtual_network.this');
    const failed = await terraform('apply', '-auto-approve');
    const id = `${NETWORK}/virtualNetworks/vnet`;
    expect(failed.code).toBe(1);
    expect(failed.output.replace(/\s+/g, ' ')).toContain(
      `a resource with the ID "${id}" already exists - to be managed via Terraform`,
    );
    writeFileSync(
      join(folder, 'import.tf'),
      `import {\n  to = azurerm_virtual_network.this\n  id = "${id}"\n}\n`,
    );
    expect(await terraform('apply', '-auto-approve')).toMatchObject({
      code: 0,
      output: expect.stringContaining('1 imported, 0 added'),
    });
    expect(await planned()).toStrictEqual({});
  });

  it('refuses an argument that it has no mapping for, by name', async () => {
    writeFileSync(
      join(folder, 'more.tf'),
      `resource "azurerm_public_ip" "x" {\n  name = "x"\n  resource_group_name = "net"\n  location = "westeurope"\n  allocation_method = "Static"\n  edge_zone = "losangeles"\n}\n`,
    );
    const run = await terraform('validate');
    expect(run.code).toBe(1);
    expect(run.output.replace(/\s+/g, ' ')).toContain(
      'no mapping for "edge_zone" of azurerm_public_ip',
    );
  });

  it('stops at once when Terraform is interrupted, and forgets what it was creating', async () => {
    server.delay = 20_000;
    const [child, run] = begin('apply', '-auto-approve');
    while (server.arm.written.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const { code, output } = await run;
    expect(code).toBe(1);
    expect(output).toContain('context canceled');
    expect(server.arm.documents.size).toBe(1);
    expect(typesInState()).not.toContain('azurerm_resource_group');
  });

  it('serves tests with mocks without any login', async () => {
    writeFileSync(
      join(folder, 'mock.tftest.hcl'),
      `mock_provider "azurerm" {}\nrun "names" {\n  command = plan\n  assert {\n    condition     = azurerm_resource_group.this.name == "net"\n    error_message = "wrong name"\n  }\n}\n`,
    );
    server.close();
    expect(await terraform('test')).toMatchObject({
      code: 0,
      output: expect.stringContaining('1 passed, 0 failed'),
    });
  });
});
