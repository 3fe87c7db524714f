import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPlan } from '../../src/terraform/plan-file.ts';
import type { ChangeSketch } from './plans.ts';
import { planJson, planOf, recorded } from './plans.ts';

function only(sketch: ChangeSketch) {
  const [change] = readPlan(planOf([sketch])).changes;
  if (!change) throw new Error('no change');
  return change;
}

function lines(sketch: ChangeSketch): string[] {
  const text = (side: { kind: string; json?: string }): string => side.json ?? side.kind;
  return only(sketch).attributes.map(
    ({ path, before, after }) => `${path}: ${text(before)} → ${text(after)}`,
  );
}

describe('an action', () => {
  it.each([
    [['create'], 'create'],
    [['update'], 'update'],
    [['delete'], 'delete'],
    [['delete', 'create'], 'replace'],
    [['create', 'delete'], 'replace'],
    [['create', 'forget'], 'replace'],
    [['no-op'], 'no-op'],
    [['read'], 'read'],
    [['forget'], 'forget'],
    [[], 'no-op'],
    [['something-new'], 'update'],
  ])('%j is read as %s', (actions, expected) => {
    expect(only({ actions }).action).toBe(expected);
  });

  it('is an import where nothing else happens', () => {
    const change = only({ actions: ['no-op'], importing: { id: '/x' } });
    expect([change.action, change.importedFrom]).toEqual(['import', '/x']);
    expect(only({ actions: ['update'], importing: { id: '/x' } }).action).toBe('update');
  });
});

describe('the attributes of a change', () => {
  it('are the ones that differ, by path', () => {
    const before = { a: 1, b: { c: [{ d: 'x', e: true }] }, same: [1, { z: 2 }] };
    const after = { a: 2, b: { c: [{ d: 'x', e: false }] }, same: [1, { z: 2 }], f: 'new' };
    expect(lines({ before, after })).toEqual([
      'a: 1 → 2',
      'b.c[0].e: true → false',
      'f: absent → "new"',
    ]);
  });

  it('leave out what says nothing in another way', () => {
    const before = { tags: null, list: [], text: '', block: [{}], zero: 0, no: false };
    const after = { tags: {}, list: null, text: null, block: [], zero: null, no: null };
    expect(lines({ before, after })).toEqual(['no: false → absent', 'zero: 0 → absent']);
  });

  it('name one more host in a list by one line', () => {
    const before = { hosts: ['a', 'b', 'c'] };
    expect(lines({ before, after: { hosts: ['x', 'a', 'b', 'c'] } })).toEqual([
      'hosts[0]: absent → "x"',
    ]);
    expect(lines({ before, after: { hosts: ['c', 'b', 'a'] } })).toEqual([
      'hosts: ["a","b","c"] → ["c","b","a"]',
    ]);
  });

  it('never hold a sensitive value, at any depth', () => {
    const sketch = {
      before: { key: 'canary-1', deep: [{ pin: 'canary-2', open: 1 }], whole: ['canary-3'] },
      after: { key: 'canary-4', deep: [{ pin: 'canary-5', open: 2 }], whole: ['canary-6'] },
      before_sensitive: { key: true, deep: [{ pin: true }], whole: true },
      after_sensitive: { deep: [{ pin: true }], whole: [true] },
    };
    expect(JSON.stringify(readPlan(planOf([sketch])).changes)).not.toContain('canary');
    expect(lines(sketch)).toEqual([
      'deep[0].open: 1 → 2',
      'deep[0].pin: sensitive → sensitive',
      'key: sensitive → sensitive',
      'whole: sensitive → sensitive',
    ]);
  });

  it('never hold a sensitive value where its surroundings change their kind', () => {
    const marks = { box: { pin: true } };
    const [held, plain] = [{ box: { pin: 'canary' } }, { box: 'text' }];
    const gone = { before: held, after: plain, before_sensitive: marks };
    const come = { before: plain, after: held, after_sensitive: marks };
    expect(lines(gone)).toEqual(['box: sensitive → "text"']);
    expect(lines(come)).toEqual(['box: "text" → sensitive']);
    const list = {
      before: { box: [{ pin: 'canary' }] },
      after: {},
      before_sensitive: { box: [{ pin: true }] },
    };
    expect(lines(list)).toEqual(['box: sensitive → absent']);
  });

  it('never hold what looks secret by its name', () => {
    const secrets = {
      admin_password: 'canary',
      primary_access_key: 'canary',
      app_settings: { API_AUTH_SECRET: 'canary' },
      blocks: [{ name: 'x', connection_string: 'canary' }],
      sas_url: 'canary',
      passwords: ['canary'],
    };
    expect(JSON.stringify(only({ after: secrets, actions: ['create'] }))).not.toContain('canary');
    expect(JSON.stringify(only({ before: {}, after: secrets }))).not.toContain('canary');
  });

  it('say what is known only after the apply', () => {
    const sketch = { after: { name: 'x' }, after_unknown: { id: true, name: false } };
    expect(lines(sketch)).toEqual(['id: absent → unknown', 'name: absent → "x"']);
    const listed = {
      before: {
        rules: [
          { name: 'a', id: null },
          { name: 'b', id: null },
        ],
      },
      after: { rules: [{ name: 'a' }, { name: 'b' }] },
      after_unknown: { rules: [{}, { id: true }] },
    };
    expect(lines(listed)).toEqual(['rules[1].id: absent → unknown']);
  });

  it('survive any values on any side', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (before, after, marks) => {
        const sketch = { before, after, after_unknown: marks, before_sensitive: marks };
        expect(Array.isArray(only(sketch).attributes)).toBe(true);
      }),
    );
  });

  it('are none where both sides are the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(only({ before: value, after: value }).attributes).toEqual([]);
      }),
    );
  });
});

describe('a plan', () => {
  it('is read with changes, drift, outputs and state', () => {
    const plan = recorded('recorded-drift');
    expect(plan.changes).toHaveLength(54);
    expect(plan.drift).toHaveLength(48);
    expect(plan.resources).toHaveLength(54);
    expect(plan.outputs.map(({ name }) => name)).toEqual(['jumpbox_ip', 'workspace_name']);
    expect(recorded('recorded-replace').changes[0]?.forcedBy).not.toEqual([]);
  });

  it.each([
    ['', 'no JSON'],
    ['<html>', 'no JSON'],
    ['null', 'its format is ""'],
    ['[]', 'its format is ""'],
    ['{"format_version":"2.0"}', 'its format is "2.0"'],
    ['{"format_version":1}', 'its format is ""'],
    ['{"format_version":"1.0"}', 'as a state does not'],
    ['{"format_version":"1.0","values":{"root_module":{}}}', 'as a state does not'],
  ])('is not read from %j', (json, reason) => {
    expect(() => readPlan(json)).toThrow(reason);
  });

  it('is read where members are missing or of another kind', () => {
    for (const odd of [null, 3, 'x', [], {}, [null], [3], [{}], { a: 1 }]) {
      const json = JSON.stringify({
        ...{
          format_version: '1.2',
          resource_changes: odd,
          resource_drift: odd,
          output_changes: odd,
        },
        ...{ prior_state: odd, configuration: odd },
      });
      expect(readPlan(json).errored).toBe(false);
    }
  });

  it('has members named like parts of JavaScript without harm', () => {
    const json = `{"format_version":"1.2","__proto__":{"errored":true},"resource_changes":[
      {"address":"a.b","type":"a","change":{"actions":["update"],
        "before":{"__proto__":{"polluted":1},"constructor":{"prototype":1}},
        "after":{"__proto__":{"polluted":2},"constructor":{"prototype":2}}}}]}`;
    const plan = readPlan(json);
    expect(plan.errored).toBe(false);
    expect(plan.changes[0]?.attributes.map(({ path }) => path)).toEqual([
      '__proto__.polluted',
      'constructor.prototype',
    ]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    const fresh = `{"format_version":"1.2","resource_changes":[{"change":{"actions":["update"],
      "before":{},"after":{"__proto__":"x","toString":"y"}}}]}`;
    const sides = readPlan(fresh).changes[0]?.attributes.map(({ before }) => before.kind);
    expect(sides).toEqual(['absent', 'absent']);
  });

  it('is read however deep its values go', () => {
    const deep = (leaf: string): string => '{"a":['.repeat(5000) + leaf + ']}'.repeat(5000);
    const entry = `{"address":"a.b","change":{"actions":["update"],"before":${deep('1')},"after":${deep('2')}}}`;
    const plan = readPlan(`{"format_version":"1.2","resource_changes":[${entry}]}`);
    expect(plan.changes).toHaveLength(1);
  });

  it('keeps nothing of the raw values of the recorded plans beyond what differs', () => {
    expect(planJson('recorded-unchanged').length).toBeGreaterThan(10_000);
    expect(recorded('recorded-unchanged').changes.flatMap(({ attributes }) => attributes)).toEqual(
      [],
    );
  });
});
