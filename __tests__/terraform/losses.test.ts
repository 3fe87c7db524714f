import { describe, expect, it } from '@jest/globals';
import { Problem } from '../../src/errors.ts';
import { approvalOf } from '../../src/terraform/approval.ts';
import { lossesOf, refuseLosses } from '../../src/terraform/losses.ts';
import type { State } from '../../src/state/index.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { fingerprintNow } from '../../src/terraform/reviewed.ts';
import { settings } from '../support/settings.ts';
import { workshop } from '../support/workshop.ts';
import type { ChangeSketch } from './plans.ts';
import { planOf, recorded } from './plans.ts';

const anew = ['delete', 'create'];
const account: ChangeSketch = {
  ...{ address: 'azurerm_storage_account.this', actions: anew },
  replace_paths: [['account_replication_type']],
};
const plan = (...changes: ChangeSketch[]): ReturnType<typeof readPlan> => readPlan(planOf(changes));

describe('what holds data', () => {
  it('is not deleted or replaced by a plan that nobody reviewed', () => {
    const losing = plan(account, { address: 'azurerm_key_vault.this', actions: ['delete'] });
    expect(() => refuseLosses(losing)).toThrow(Problem);
    expect(() => refuseLosses(losing)).toThrow(
      /azurerm_storage_account\.this: replaced, because of account_replication_type\n {2}azurerm_key_vault\.this: deleted/,
    );
  });

  it('is found in a plan that moves all of an environment elsewhere', () => {
    expect(lossesOf(recorded('recorded-replace')).map(({ type }) => type)).toEqual([
      ...['azurerm_container_registry', 'azurerm_key_vault', 'azurerm_log_analytics_workspace'],
      ...['azurerm_machine_learning_workspace', 'azurerm_resource_group'],
      'azurerm_storage_account',
    ]);
  });

  it('is nothing that is changed, forgotten, made, or was never finished', () => {
    const kept = ['update', 'forget', 'create', 'no-op'].map((action) => ({
      ...{ ...account, actions: [action] },
    }));
    const damaged = { ...account, action_reason: 'replace_because_tainted' };
    const other = { address: 'azurerm_subnet.one', actions: anew };
    expect(lossesOf(plan(...kept, damaged, other))).toEqual([]);
  });
});

describe('a deploy that would lose data', () => {
  const blobs = { read: async () => undefined, write: async () => {}, delete: async () => {} };
  const state = { backend: { key: 'lab.tfstate' }, blobs } as unknown as State;
  const material = { configuration: {}, providerLock: '', variables: '' };
  const terraform = { material: async () => material };
  const { tools } = workshop();
  const asked = async (planFingerprint: string): Promise<unknown> =>
    approvalOf(plan(account), terraform, settings({ planFingerprint }), state, tools);

  it('is refused without a fingerprint, and let through with that of the reviewed plan', async () => {
    await expect(asked('')).rejects.toThrow(/would delete what holds data/);
    const { text } = await fingerprintNow(plan(account), terraform, settings(), state, tools);
    await expect(asked(text)).resolves.toBeDefined();
  });
});
