import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { identities, pathOf, sameId, tagOf } from '../../../src/terraform/adoption/identities.ts';

const folder = join(import.meta.dirname, '../../../terraform');

describe('the table of resource types', () => {
  it('has a row for each type of the configuration, and none for another', () => {
    const texts = readdirSync(folder)
      .filter((name) => name.endsWith('.tf'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
    const types = texts.flatMap((text) =>
      [...text.matchAll(/^resource "(azurerm_\w+)"/gm)].map(([, type]) => type),
    );
    expect(Object.keys(identities).toSorted()).toEqual([...new Set(types)].toSorted());
  });

  it('gives a path only where all that it is made of is known', () => {
    const subnet = identities['azurerm_subnet'];
    if (subnet === undefined) throw new Error('no row');
    const values = { name: 'default', virtual_network_name: 'v' };
    const planned = (argument: string): string | undefined =>
      (values as Readonly<Record<string, string>>)[argument];
    expect(pathOf(subnet, '/g', planned)).toBe(
      '/g/providers/Microsoft.Network/virtualNetworks/v/subnets/default',
    );
    expect(pathOf(subnet, '/g', () => undefined)).toBeUndefined();
    expect(pathOf(subnet, '/g', () => '')).toBeUndefined();
  });
});

describe('ids and tags', () => {
  it('are compared as ARM compares them', () => {
    expect(sameId('/A/b', '/a/B')).toBe(true);
    expect(sameId(undefined, undefined)).toBe(false);
    const resource = { id: '/a', name: 'a', tags: { 'Innereye-Environment': 'demo' } };
    expect(tagOf(resource, 'innereye-environment')).toBe('demo');
    expect(tagOf({ id: '/a', name: 'a' }, 'innereye-environment')).toBeUndefined();
  });
});
