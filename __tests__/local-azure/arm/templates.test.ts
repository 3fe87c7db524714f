import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resolveParameters } from '../../../local-azure/arm/templates/parameters.ts';
import { evaluateAll, evaluateText } from '../../../local-azure/arm/templates/scope.ts';
import type { Scope } from '../../../local-azure/arm/templates/scope.ts';
import { openTemplate } from '../../../local-azure/arm/templates/template.ts';
import { unfold } from '../../../local-azure/arm/templates/resources.ts';
import type { Json } from '../../../local-azure/arm/json.ts';

const GROUP = '/subscriptions/s/resourceGroups/lab';
const surroundings = {
  subscription: { id: '/subscriptions/s', subscriptionId: 's' },
  resourceGroup: { id: GROUP, name: 'lab', location: 'westeurope' },
  deployment: { name: 'one' },
  deployer: { objectId: 'me' },
  tenantId: 't',
  now: Date.parse('2026-11-22T12:00:00Z'),
};
const nothing = {
  reference: (target: string): unknown => {
    throw new Error(`asked for ${target}`);
  },
  list: (_action: string, target: string): unknown => {
    throw new Error(`asked for ${target}`);
  },
};

function scopeWith(parameters: Json): Scope {
  return {
    surroundings,
    ...nothing,
    parameter: (name) => parameters[name],
    variable: () => undefined,
  };
}

function value(expression: string, parameters: Json = {}): unknown {
  return evaluateText(`[${expression}]`, scopeWith(parameters));
}

function open(template: Json, parameters: Json = {}) {
  const whole = { $schema: 'x', contentVersion: '1.0.0.0', resources: [], ...template };
  return openTemplate(whole, parameters, surroundings, nothing);
}

describe('a template expression', () => {
  it.each([
    ["concat('a', 'b', 1)", 'ab1'],
    ['concat(createArray(1), createArray(2))', [1, 2]],
    ["format('{0}-{1}{{}}', 'a', 2)", 'a-2{}'],
    ["if(equals('A', 'a'), 'yes', 'no')", 'yes'],
    ["if(true(), 1, parameters('none').x)", 1],
    ['and(not(false()), or(false(), true()))', true],
    ["empty('')", true],
    ['empty(createObject())', true],
    ["length('abc')", 3],
    ["createObject('a', 1, 'b', createArray(true(), null()))", { a: 1, b: [true, null] }],
    [
      "union(createObject('a', createObject('x', 1)), createObject('a', createObject('y', 2)))",
      { a: { x: 1, y: 2 } },
    ],
    ['union(createArray(1, 2), createArray(2, 3))', [1, 2, 3]],
    ['json(\'{"a": [1]}\').a[0]', 1],
    ["string(createObject('a', 1))", '{"a":1}'],
    ["toLower('ABC')", 'abc'],
    ["split('a,b', ',')[1]", 'b'],
    ["replace('a.b', '.', '-')", 'a-b'],
    ["coalesce(null(), 'x')", 'x'],
    ["contains(createArray('a'), 'a')", true],
    ["substring('abcdef', 1, 2)", 'bc'],
    ["'it''s'", "it's"],
    ["CONCAT(toUpper('a'), resourceGroup().LOCATION)", 'Awesteurope'],
    ["resourceId('Microsoft.X/a/b', 'one', 'two')", `${GROUP}/providers/Microsoft.X/a/one/b/two`],
    [
      "resourceId('other', 'Microsoft.X/a', 'one')",
      '/subscriptions/s/resourceGroups/other/providers/Microsoft.X/a/one',
    ],
    [
      "resourceId('t', 'other', 'Microsoft.X/a', 'one')",
      '/subscriptions/t/resourceGroups/other/providers/Microsoft.X/a/one',
    ],
    [
      "subscriptionResourceId('Microsoft.X/a', 'one')",
      '/subscriptions/s/providers/Microsoft.X/a/one',
    ],
    ["extensionResourceId('/base', 'Microsoft.X/a', 'one')", '/base/providers/Microsoft.X/a/one'],
    ['subscription().subscriptionId', 's'],
    ['tenant().tenantId', 't'],
    ['deployment().name', 'one'],
    ['environment().suffixes.storage', 'core.windows.net'],
    ["createObject('a', 1).?b", null],
    ['utcNow()', '20261122T120000Z'],
  ])('evaluates %s', (expression, expected) => {
    expect(value(expression)).toEqual(expected);
  });

  it.each([
    "concat('a'",
    'concat(a)',
    "'a' 'b'",
    'nope()',
    "createObject('a', 1).b",
    '#',
    'resourceId(1)',
  ])('refuses %s as an invalid template', (expression) => {
    expect(() => value(expression)).toThrow(/Deployment template validation failed/);
  });

  it('leaves texts alone that only look like one', () => {
    const scope = scopeWith({ a: 1 });
    expect(evaluateAll({ x: '[[a]', y: ['plain', 5], z: "[parameters('a')]" }, scope)).toEqual({
      x: '[a]',
      y: ['plain', 5],
      z: 1,
    });
  });

  it('gives any text back unchanged when it is quoted', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(value(`'${text.replaceAll("'", "''")}'`)).toBe(text);
      }),
    );
  });

  it('makes the same guid and the same unique string of the same arguments', () => {
    expect(value("guid('a', 'b')")).toBe(value("guid('a', 'b')"));
    expect(value("guid('a', 'b')")).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(value("uniqueString('a')")).not.toBe(value("uniqueString('b')"));
    expect(value("uniqueString('a')")).toMatch(/^[a-z2-7]{13}$/);
  });
});

describe('the parameters of a template', () => {
  const declared = {
    size: { type: 'string', allowedValues: ['small', 'large'], defaultValue: 'small' },
    count: { type: 'int', minValue: 1, maxValue: 3 },
    name: { type: 'string', minLength: 2, defaultValue: 'abc' },
    secret: { type: 'secureString', defaultValue: 'hush', allowedValues: ['hush'] },
  };
  const resolve = (given: Json) =>
    Object.fromEntries(resolveParameters(declared, given, (fallback) => fallback));

  it('take what is given, and their defaults', () => {
    expect(resolve({ COUNT: { value: 2 } })).toEqual({
      size: 'small',
      count: 2,
      name: 'abc',
      secret: 'hush',
    });
  });

  it.each([
    [{}, /template parameter 'count' is not provided/],
    [{ count: { value: '2' } }, /Expected 'int' for the parameter 'count'/],
    [{ count: { value: 4 } }, /greater than the maximum 3/],
    [{ count: { value: 1 }, name: { value: 'a' } }, /less than the minimum 2/],
    [
      { count: { value: 1 }, size: { value: 'huge' } },
      /not part of the allowed value\(s\): 'small,large'/,
    ],
    [{ count: { value: 1 }, colour: { value: 'red' } }, /parameters 'colour' .* are not valid/],
  ])('are refused where %j is given', (given, message) => {
    expect(() => resolve(given)).toThrow(message);
  });

  it('never show a secret value in an error', () => {
    expect(() => resolve({ count: { value: 1 }, secret: { value: 'geheim' } })).toThrow(/\*{5}/);
    expect(() => resolve({ count: { value: 1 }, secret: { value: 'geheim' } })).not.toThrow(
      /geheim/,
    );
  });
});

describe('the resources of a template', () => {
  const one = (name: string, more: Json = {}): Json => ({
    type: 'Microsoft.X/things',
    apiVersion: '2024-01-01',
    name,
    ...more,
  });

  it('know whom they wait for, said or implied', () => {
    const found = unfold(
      open({
        variables: { b: 'second' },
        resources: [
          one('first'),
          one("[variables('b')]", { dependsOn: ["[resourceId('Microsoft.X/things', 'first')]"] }),
          one('third', {
            properties: { x: "[reference(resourceId('Microsoft.X/things', variables('b'))).y]" },
          }),
        ],
      }),
    );
    const id = (name: string): string =>
      `${GROUP}/providers/Microsoft.X/things/${name}`.toLowerCase();
    expect(found.map(({ name, needs }) => [name, [...needs]])).toEqual([
      ['first', []],
      ['second', [id('first')]],
      ['third', [id('second')]],
    ]);
  });

  it('come by loops, by conditions and by nesting', () => {
    const found = unfold(
      open({
        resources: [
          one("[concat('n', copyIndex(1))]", { copy: { name: 'loop', count: 2 } }),
          one('no', { condition: '[equals(1, 2)]' }),
          one('parent', {
            dependsOn: ['loop', 'no'],
            resources: [{ ...one('child'), type: 'parts' }],
          }),
        ],
      }),
    );
    expect(found.map(({ id }) => id.replace(`${GROUP}/providers/`, ''))).toEqual([
      'Microsoft.X/things/n1',
      'Microsoft.X/things/n2',
      'Microsoft.X/things/parent',
      'Microsoft.X/things/parent/parts/child',
    ]);
    expect(found[2]?.needs.size).toBe(2);
  });

  it.each([
    [
      'a circle',
      [one('a', { dependsOn: ['b'] }), one('b', { dependsOn: ['a'] })],
      /Circular dependency/,
    ],
    [
      'a dependency on nothing',
      [one('a', { dependsOn: ['b'] })],
      /'b' is not defined in the template/,
    ],
    ['twins', [one('a'), one('A')], /defined multiple times/],
    ['a name of the wrong length', [one('a/b')], /incorrect segment lengths/],
  ])('are refused with %s', (_what, resources, message) => {
    expect(() => unfold(open({ resources }))).toThrow(message);
  });

  it('are refused with a variable that needs itself', () => {
    const template = { variables: { a: "[variables('b')]", b: "[variables('a')]" } };
    expect(() => unfold(open({ ...template, resources: [one("[variables('a')]")] }))).toThrow(
      /Circular reference/,
    );
  });
});
