import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PredictedChange } from '../../src/azure/deployments.ts';
import type { TemplatePreview } from '../../src/preview.ts';
import { planComment, planSummary } from '../../src/report/plan-comment.ts';
import { inOrder } from '../../src/report/plan-order.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import type { ChangeSketch } from '../terraform/plans.ts';
import { planJson, planOf, recorded } from '../terraform/plans.ts';
import { expectGolden } from './golden.ts';
import {
  change,
  corpus,
  everywhere,
  expectSound,
  firstLine,
  hostile,
  lossesIn,
  value,
} from './hostile.ts';

const fingerprint = 'c0ffee'.padEnd(64, '0');

function comment(json: string): ReturnType<typeof planComment> {
  return planComment({ environment: 'demo', plan: readPlan(json), fingerprint });
}

describe('the plan comment', () => {
  it.each(['mixed', 'hostile', 'recorded-drift', 'recorded-replace', 'recorded-unchanged'])(
    'of the plan "%s" is as it was reviewed',
    (name) => {
      const { body, complete } = comment(planJson(name));
      expectGolden(`plans/${name}/comment.md`, body);
      expectSound(body);
      expect(complete).toBe(true);
    },
  );

  it('begins with the exact marker', () => {
    expect(firstLine).toBe('<!-- innereye-closed-network:plan:demo -->');
  });

  it('tells what is lost first, then what opens the network, then the rest', () => {
    const { body } = comment(planJson('mixed'));
    const places = [
      'azurerm_key_vault.main',
      'azurerm_linux_virtual_machine.probe',
      'azurerm_firewall_policy_rule_collection_group.egress',
      'azurerm_storage_account.main',
      'azurerm_log_analytics_workspace.main',
    ].map((address) => body.indexOf(address));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(body).not.toContain('never-shown');
  });

  it('holds every deletion by name where thousands of creations compete for room', () => {
    const changes: ChangeSketch[] = [];
    for (let at = 0; at < 5000; at++) {
      changes.push({
        address: `azurerm_a.n${at}`,
        actions: ['create'],
        after: { name: 'x'.repeat(50) },
      });
    }
    for (let at = 0; at < 200; at++) {
      changes.push({ address: `azurerm_z.d${at}`, actions: ['delete'], before: { id: '/x' } });
    }
    const { body, complete } = comment(planOf(changes));
    expectSound(body);
    expect(complete).toBe(false);
    for (let at = 0; at < 200; at++) expect(body).toContain(`\`azurerm_z.d${at}\``);
    expect(body).toContain('**5000 to add, 200 to delete**');
    expect(body).toMatch(/… and \*\*\d+ more\*\*/);
    expect(planSummary({ environment: 'demo', plan: readPlan(planOf(changes)) }).body).toContain(
      'azurerm_a.n4999',
    );
  });

  it('counts the deletions it has no room to name', () => {
    const changes = Array.from({ length: 5000 }, (_, at) => ({
      address: `azurerm_long.${'d'.repeat(200)}${at}`,
      actions: ['delete'],
    }));
    const { body } = comment(planOf(changes));
    expectSound(body);
    const named = body.match(/^- \*\*delete\*\*/gm)?.length ?? 0;
    const more = Number(/… and \*\*(\d+) more\*\*/.exec(body)?.[1]);
    expect(named).toBeGreaterThan(200);
    expect(named + more).toBe(5000);
    expect(body).toContain('### Deletions and replacements (5000)');
  });

  it('cuts a key of a megabyte', () => {
    const key = 'k'.repeat(1_000_000);
    const sketch = {
      address: `azurerm_a.b["${key}"]`,
      before: { [key]: key },
      after: { [key]: 'x' },
    };
    const { body } = comment(planOf([sketch]));
    expectSound(body);
    expect(body.length).toBeLessThan(3_000);
  });

  it('is wide open to no fence, however many backticks', () => {
    const ticks = '`'.repeat(5_000);
    const changes = Array.from({ length: 300 }, (_, at) => ({
      address: `azurerm_a.b${at}["${ticks}"]`,
      before: { a: ticks },
      after: { a: `${ticks}\n${ticks}` },
    }));
    expectSound(comment(planOf(changes)).body);
  });

  it('says when Terraform broke off, and when nothing changes', () => {
    expect(comment(planOf([], { errored: true })).body).toContain('Terraform broke off');
    expect(comment(planOf([])).body).toContain('**No changes**.');
  });

  it('shows the fingerprint whole, in a block that GitHub lets one copy', () => {
    const long = `${'a'.repeat(64)}-${'b'.repeat(64)}`;
    const plan = recorded('recorded-unchanged');
    const { body } = planComment({ environment: 'demo', plan, fingerprint: long });
    expect(body).toContain(`\n\`\`\`text\n${long}\n\`\`\`\n`);
    expectSound(body);
  });

  it('carries notes', () => {
    const plan = recorded('recorded-unchanged');
    const { body } = planComment({ environment: 'demo', plan, notes: ['The state is empty.'] });
    expectSound(body);
    expect(body).toContain('The state is empty.');
  });
});

describe('what the ARM templates would change', () => {
  const plan = recorded('recorded-unchanged');
  const told = (templates: readonly TemplatePreview[]): ReturnType<typeof planComment> =>
    planComment({ environment: 'demo', plan, templates });
  const id = (path: string): string => `/subscriptions/s/resourceGroups/g/providers/${path}`;
  const gone: PredictedChange = {
    resourceId: id('Microsoft.Network/privateEndpoints/demo-images-pe'),
    change: 'Delete',
    delta: [],
  };
  const cluster = 'Microsoft.MachineLearningServices/workspaces/demo-ml/computes/demo-cluster';

  it('is a table of its own, as it was reviewed', () => {
    const changes: readonly PredictedChange[] = [
      { resourceId: id('Microsoft.Storage/storageAccounts/demoim1'), change: 'Create', delta: [] },
      {
        resourceId: id('Microsoft.Storage/storageAccounts/demoim1/blobServices/default'),
        change: 'Modify',
        delta: ['a', 'b', 'c', 'd', 'e'].map((path, at) => ({
          path: `properties.${path}`,
          before: at === 0 ? undefined : `<b>@octocat | ${at}`,
          after: at,
        })),
      },
      gone,
    ];
    const { body, complete } = told([
      { template: 'arm/computes.json', changes: [], why: 'Forbidden: `no` | </details> @octocat' },
      { template: 'arm/images.json', changes },
    ]);
    expectGolden('plans/templates.md', body);
    expectSound(body);
    expect(complete).toBe(true);
  });

  it('is counted in none of the numbers of the plan', () => {
    const { body } = told([{ template: 'arm/images.json', changes: [gone] }]);
    expect(body).toContain('**No changes**.');
    expect(body).toContain('### ARM templates (1)');
  });

  it('says that it is nothing, or that nobody was asked', () => {
    expect(told([{ template: 'arm/images.json', changes: [] }]).body).toContain(
      '### ARM templates (0)\n\nThey would change nothing.',
    );
    const none = [{ template: 'arm/images.json', changes: [], why: 'Throttled' }];
    expect(told(none).body).not.toContain('change nothing');
    expect(planComment({ environment: 'demo', plan }).body).not.toContain('ARM templates');
  });

  it('is cut where it is too long, and what is left out is counted', () => {
    const changes = Array.from({ length: 500 }, (_, at) => ({
      resourceId: id(`${cluster}${at}`),
      change: 'Modify',
      delta: Array.from({ length: 40 }, () => ({
        path: 'p'.repeat(500),
        before: 'x'.repeat(9_000),
        after: 'y'.repeat(9_000),
      })),
    }));
    const { body } = told([{ template: 'arm/computes.json', changes: [...changes, gone] }]);
    expectSound(body);
    const shown = body.match(/^\| `arm\/computes/gm)?.length ?? 0;
    expect(shown).toBeGreaterThan(20);
    expect(body).toContain(`… and **${501 - shown} more**`);
    expect(body).toContain('privateEndpoints/demo-images-pe');
  });

  it('lets nothing out, whatever Azure says', () => {
    const delta = fc.record({ path: hostile, before: value, after: value });
    const change: fc.Arbitrary<PredictedChange> = fc.record({
      resourceId: hostile,
      change: fc.oneof(fc.constantFrom('Create', 'Modify', 'Delete', 'Unsupported'), hostile),
      delta: fc.array(delta, { maxLength: 6 }),
    });
    const preview = fc.record(
      { template: hostile, changes: fc.array(change, { maxLength: 6 }), why: hostile },
      { requiredKeys: ['template', 'changes'] },
    );
    fc.assert(
      fc.property(fc.array(preview, { maxLength: 4 }), (previews) =>
        expectSound(told(previews).body),
      ),
      { numRuns: 80 },
    );
  });
});

describe('the plan comment of any plan', () => {
  it('lets nothing out of the texts that are known to break out', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(60);
    for (const text of corpus) {
      const json = planOf(everywhere(text), {
        output_changes: Object.fromEntries([[text, { actions: ['create'], after: text }]]),
      });
      const { body } = comment(json);
      expectSound(body);
      expect(body.match(/^- \*\*(replace|delete|forget)\*\*/gm)).toHaveLength(3);
    }
  });

  it('always fits, lets nothing out, and loses no deletion', () => {
    const plans = fc.tuple(fc.array(change, { maxLength: 12 }), fc.integer({ min: 1, max: 60 }));
    fc.assert(
      fc.property(plans, ([changes, times]) => {
        const many = Array.from({ length: times }, () => changes).flat();
        const plan = readPlan(planOf(many));
        const { body } = planComment({ environment: 'demo', plan });
        expectSound(body);
        const lost = plan.changes.filter(({ action }) =>
          ['delete', 'replace', 'forget'].includes(action),
        );
        expect(lossesIn(body)).toBe(lost.length);
      }),
      { numRuns: 80 },
    );
  });

  it('fits and loses no deletion up to 5,000 resources, however long their names', () => {
    const sizes = fc.oneof(fc.integer({ min: 1, max: 5_000 }), fc.constant(5_000));
    const kinds = fc.array(change, { minLength: 1, maxLength: 12 });
    const names = fc.integer({ min: 0, max: 300 });
    fc.assert(
      fc.property(sizes, kinds, names, (size, sketches, length) => {
        const changes = Array.from({ length: size }, (_, at) => {
          const sketch = sketches[at % sketches.length];
          return { ...sketch, address: `a.${'n'.repeat(length)}${at}["${sketch?.address ?? ''}"]` };
        });
        const plan = readPlan(planOf(changes));
        const { body, complete } = planComment({ environment: 'demo', plan, fingerprint });
        expectSound(body);
        const lost = plan.changes.filter(({ action }) =>
          ['delete', 'replace', 'forget'].includes(action),
        );
        expect(lossesIn(body)).toBe(lost.length);
        expect(complete || body.includes('found no room here')).toBe(true);
      }),
      { numRuns: 5 },
    );
  });

  it('has the same order whatever the order of the plan', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 10 }), (changes) => {
        const order = (list: ChangeSketch[]): string[] =>
          inOrder(readPlan(planOf(list)).changes).map(
            ({ address, action }) => `${address} ${action}`,
          );
        expect(order(changes)).toEqual(order(changes.toReversed()));
      }),
    );
  });
});
