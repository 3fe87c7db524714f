import { describe, expect, it } from '@jest/globals';
import type { Settings } from '../../src/inputs/schema.ts';
import { approvalOf } from '../../src/terraform/approval.ts';
import type { Fingerprint } from '../../src/terraform/fingerprint.ts';
import { movedKinds } from '../../src/terraform/fingerprint.ts';
import type { Material } from '../../src/terraform/index.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { fingerprintNow } from '../../src/terraform/reviewed.ts';
import { azureTools, keptLog } from '../support/azure-tools.ts';
import { settings } from '../support/settings.ts';
import type { ChangeSketch } from './plans.ts';
import { planOf } from './plans.ts';

/** What a run has before it; files by their path in the action, text or bytes. */
interface Situation {
  readonly changes: readonly ChangeSketch[];
  readonly more: Readonly<Record<string, unknown>>;
  readonly configuration: Material['configuration'];
  readonly providerLock: string;
  readonly template: string;
  readonly recipe: string;
  readonly settings: Partial<Settings>;
  readonly state: { readonly lineage: string; readonly serial: number } | undefined;
}

const variables = { open: { value: ['a'] }, pin: { value: '1234' } };
const declared = { open: {}, pin: { sensitive: true }, size: { default: 3 } };
const before: Situation = {
  changes: [
    { address: 'a.one', before: { x: 1 }, after: { x: 2 } },
    { address: 'a.two', actions: ['create'], after: { y: 1, z: null } },
  ],
  more: { variables, configuration: { root_module: { variables: declared } } },
  configuration: { 'main.tf': 'a {\n}\n', 'roles.tf': 'b\n' },
  providerLock: '# Made by terraform init.\n\nprovider "x" {\n  hashes = ["h1:a"]\n}\n',
  template: '{\n  "resources": []\n}\n',
  recipe: 'print(1)\n',
  settings: {},
  state: { lineage: '8f6c', serial: 3 },
};

/** What a function of a plan is given in this situation. */
type Given = Parameters<typeof fingerprintNow>;

function given(situation: Partial<Situation>): Given {
  const now = { ...before, ...situation };
  const text = (path: string): string => (path.startsWith('arm/') ? now.template : now.recipe);
  const files = {
    ...azureTools().files,
    shipped: (path: string) => path,
    read: async (path: string) => text(path),
    readBytes: async (path: string) => Buffer.from(text(path)),
    tree: async () => ['serve.py'],
  };
  const state = now.state && {
    backend: { key: 'lab.tfstate' },
    blobs: {
      ...{ list: async () => [], write: async () => {}, delete: async () => {} },
      read: async () => Buffer.from(JSON.stringify({ ...now.state, resources: [{}] })),
    },
  };
  const { configuration, providerLock } = now;
  return [
    readPlan(planOf(now.changes, now.more)),
    { material: async () => ({ configuration, providerLock }) },
    settings(now.settings),
    state as Given[3],
    { files },
  ];
}

/** The fingerprint in this situation. */
function fingerprint(situation: Partial<Situation> = {}): Promise<Fingerprint> {
  return fingerprintNow(...given(situation));
}

/** What a deploy says that is given the fingerprint of before; empty where it may apply. */
async function refusal(situation: Partial<Situation>): Promise<string> {
  const planFingerprint = (await fingerprint()).text;
  const [plan, terraform, now, state, tools] = given(situation);
  if (state === undefined) throw new Error('a deploy has a state');
  const reviewed = { ...now, planFingerprint };
  const log = keptLog();
  return approvalOf(plan, terraform, reviewed, state, { ...tools, log }).then(
    () => '',
    (error: unknown) => String(error),
  );
}

const windows = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`;

describe('the fingerprint of a plan as it stands', () => {
  it.each<[string, Partial<Situation>]>([
    ['the order of resources', { changes: before.changes.toReversed() }],
    [
      'the order of variables and members',
      { more: { ...before.more, variables: { pin: variables.pin, open: variables.open } } },
    ],
    [
      'how nothing is written',
      {
        changes: [...before.changes.slice(0, 1), { ...before.changes[1], after: { y: 1, z: '' } }],
      },
    ],
    [
      'a variable that says its default',
      { more: { ...before.more, variables: { ...variables, size: { value: 3 } } } },
    ],
    ['a refresh of the state', { state: { lineage: '8f6c', serial: 4 } }],
    [
      'when Terraform planned, and which one',
      {
        more: {
          ...before.more,
          timestamp: 'later',
          terraform_version: '1.11.5',
          format_version: '1.3',
        },
      },
    ],
    [
      'what Terraform remarks at the head of the lock',
      { providerLock: before.providerLock.replace('Made by', 'Kept by OpenTofu or') },
    ],
    [
      'the ends of lines and a byte order mark',
      {
        configuration: Object.fromEntries(
          Object.entries(before.configuration).map(([path, text]) => [path, windows(text)]),
        ),
        providerLock: windows(before.providerLock),
        template: before.template.replaceAll('\n', '\r\n'),
      },
    ],
    ['white space in a template', { template: '{"resources":[]}' }],
    [
      'a variable that is declared sensitive',
      { more: { ...before.more, variables: { ...variables, pin: { value: '5678' } } } },
    ],
  ])('does not move with %s', async (_what, situation) => {
    expect(await fingerprint(situation)).toEqual(await fingerprint());
    expect(await refusal(situation)).toBe('');
  });

  it.each<[string, Partial<Situation>]>([
    ['the plan', { changes: before.changes.slice(0, 1) }],
    ['the configuration in terraform/', { configuration: { 'main.tf': 'a {\n}\n' } }],
    ['the templates in arm/', { template: '{"resources":[1]}' }],
    ['the inference package', { recipe: 'print(2)\n' }],
    ['the provider lock', { providerLock: before.providerLock.replace('h1:a', 'h1:b') }],
    [
      'the variables and inputs',
      { more: { ...before.more, variables: { ...variables, open: { value: ['a', 'b'] } } } },
    ],
    ['the variables and inputs', { settings: { instanceUser: 'somebody' } }],
    ['the state, which is another one', { state: { lineage: '0000', serial: 3 } }],
  ])('says of %s that it moved, and lets nothing be applied', async (kind, situation) => {
    const [one, other] = [await fingerprint(), await fingerprint(situation)];
    expect(movedKinds(one.text, other.text)).toEqual([kind]);
    expect(await refusal(situation)).toContain(`What moved since: ${kind}.`);
  });

  it('moves with the first deploy of somebody else', async () => {
    const none = await fingerprint({ state: undefined });
    expect(movedKinds(none.text, (await fingerprint()).text)).toEqual([
      'the state, which is another one',
    ]);
  });
});
