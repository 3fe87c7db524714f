import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { machineTypes } from '../../local-azure/operations/virtual-machine/machines.ts';
import {
  actionsOf,
  environmentNeeds,
  environmentRoles,
  neededProviders,
  neededTypes,
  stateNeeds,
  stateRoles,
} from '../../src/preflight/needed-actions.ts';
import { allows } from '../../src/preflight/permissions.ts';
import { builtInRoles } from '../../local-azure/arm/built-in-roles.ts';
import { root } from '../support/site.ts';

const configuration = readdirSync(join(root, 'terraform'))
  .filter((name) => name.endsWith('.tf'))
  .map((name) => readFileSync(join(root, 'terraform', name), 'utf8'))
  .join('\n');
const all = actionsOf([...environmentNeeds, ...stateNeeds]);

describe('the actions that a deploy needs', () => {
  it('are listed for every resource type of terraform/, and for no other', () => {
    const types = [...configuration.matchAll(/^resource "(\w+)"/gm)].map(([, type]) => type ?? '');
    const listed = environmentNeeds.map(({ by }) => by).filter((by) => /^azurerm_/.test(by));
    expect([...listed].sort()).toEqual([...new Set(types)].sort());
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('include the writing of every resource in arm/', () => {
    for (const name of readdirSync(join(root, 'arm')).filter((one) => one.endsWith('.json'))) {
      const text = readFileSync(join(root, 'arm', name), 'utf8');
      const { resources } = JSON.parse(text) as { resources: { type: string }[] };
      expect(environmentNeeds.map(({ by }) => by)).toContain(`arm/${name}`);
      expect(all).toEqual(expect.arrayContaining(resources.map(({ type }) => `${type}/write`)));
    }
  });

  it('are allowed by the roles of docs/setup.md, which allow no listing of keys', () => {
    const text = readFileSync(join(root, 'examples/roles/deployer.json'), 'utf8');
    const { Actions: actions } = JSON.parse(text) as { Actions: string[] };
    const administrator = builtInRoles.find(
      ({ roleName }) => roleName === 'Role Based Access Control Administrator',
    );
    const permissions = [{ actions }, ...(administrator?.permissions ?? [])];
    expect(all.filter((action) => !allows(permissions, action))).toEqual([]);
    expect(all.filter((action) => /list.*(keys|sas|credentials)/i.test(action))).toEqual([]);
  });

  it('are not allowed by a single one of these roles less', () => {
    const contributor = builtInRoles.find(({ roleName }) => roleName === 'Contributor');
    const missing = all.filter((action) => !allows(contributor?.permissions ?? [], action));
    expect(missing).toEqual(['Microsoft.Authorization/roleAssignments/write']);
  });

  it('lead to the resource types and namespaces that are asked about', () => {
    expect(neededTypes).toContain('Microsoft.MachineLearningServices/workspaces');
    expect(neededTypes).toContain('Microsoft.DevTestLab/schedules');
    expect(neededTypes.every((type) => type.split('/').length === 2)).toBe(true);
    const namespaces = machineTypes.map(({ type }) => type.split('/')[0] ?? '');
    expect(neededProviders).toEqual(expect.arrayContaining([...namespaces, 'Microsoft.Notebooks']));
    expect(neededProviders).not.toContain('Microsoft.Authorization');
  });

  it('lead to the providers that docs/setup.md registers', () => {
    const page = readFileSync(join(root, 'docs/setup.md'), 'utf8');
    const loop = /for provider in ([^;]+);/.exec(page)?.[1] ?? '';
    const listed = loop.split(/[\s\\]+/).map((name) => `Microsoft.${name}`);
    expect(listed.sort()).toEqual([...neededProviders]);
  });
});

describe('the roles that a deploy gives', () => {
  it('are the ones of terraform/ and the one it gives itself on the images’ account, by their GUIDs', () => {
    const given = [...configuration.matchAll(/^\s+role\s+= "([^"]+)"/gm)].map(([, name]) => name);
    given.push('Storage Account Key Operator Service Role');
    expect(Object.keys(environmentRoles).sort()).toEqual([...new Set(given)].sort());
    for (const [name, guid] of Object.entries({ ...environmentRoles, ...stateRoles })) {
      const known = builtInRoles.find(({ roleName }) => roleName === name);
      expect(known?.guid).toBe(guid);
    }
  });

  it('are those that docs/setup.md lets the login give', () => {
    const page = readFileSync(join(root, 'docs/setup.md'), 'utf8');
    for (const guid of Object.values(environmentRoles)) expect(page).toContain(guid);
  });
});

describe('a permission', () => {
  it.each([
    [['*'], [], 'Microsoft.Network/virtualNetworks/write', true],
    [['Microsoft.Network/*'], [], 'Microsoft.Network/virtualNetworks/subnets/write', true],
    [['microsoft.network/*/WRITE'], [], 'Microsoft.Network/virtualNetworks/write', true],
    [['*/read'], [], 'Microsoft.Network/virtualNetworks/write', false],
    [
      ['*'],
      ['Microsoft.Authorization/*/Write'],
      'Microsoft.Authorization/roleAssignments/write',
      false,
    ],
    [
      ['Microsoft.Network/virtualNetworks/write'],
      [],
      'MicrosoftXNetwork/virtualNetworks/write',
      false,
    ],
  ])('%j without %j, asked for %s: %s', (actions, notActions, action, expected) => {
    expect(allows([{ actions, notActions }], action)).toBe(expected);
  });

  it('of one role is not taken away by another', () => {
    const permissions = [{ actions: ['*'], notActions: ['a/b'] }, { actions: ['a/b'] }];
    expect(allows(permissions, 'a/b')).toBe(true);
  });
});
