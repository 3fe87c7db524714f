import { describe, expect, it } from '@jest/globals';
import type { State } from '../../src/state/index.ts';
import { approvalOf } from '../../src/terraform/approval.ts';
import type { Approval } from '../../src/terraform/approval.ts';
import type { Plan } from '../../src/terraform/plan-file.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { fingerprintNow } from '../../src/terraform/reviewed.ts';
import { settings } from '../support/settings.ts';
import { workshop } from '../support/workshop.ts';
import { planOf } from './plans.ts';

const made = { address: 'azurerm_subnet.one', actions: ['create'], after: { name: 'one' } };
const reviewed = readPlan(planOf([made]));
const nothing = readPlan(planOf([]));

/** A state that keeps what is written beside it, and the fingerprint of the reviewed plan. */
async function reviewing() {
  const kept = new Map<string, Buffer>();
  const blobs = {
    read: async (name: string) => kept.get(name),
    write: async (name: string, text: string) => void kept.set(name, Buffer.from(text)),
    delete: async (name: string) => void kept.delete(name),
  };
  const state = { backend: { key: 'lab.tfstate' }, blobs } as unknown as State;
  const { tools } = workshop();
  let configuration: Record<string, string> = { 'main.tf': 'one' };
  const terraform = { material: async () => ({ configuration, providerLock: '', variables: '' }) };
  const { text } = await fingerprintNow(reviewed, terraform, settings(), state, tools);
  const leave = (plan: Plan, planFingerprint = text): Promise<Approval> =>
    approvalOf(plan, terraform, settings({ planFingerprint }), state, tools);
  return {
    leave,
    apply: async (plan: Plan, planFingerprint?: string) => {
      const approval = await leave(plan, planFingerprint);
      await approval.begin();
      await approval.end();
    },
    edit: () => void (configuration = { 'main.tf': 'two' }),
  };
}

describe('a reviewed plan that is applied', () => {
  it('may be started again while nothing is left to do', async () => {
    const { apply, leave } = await reviewing();
    await expect(leave(nothing)).rejects.toThrow('not the plan that was reviewed');
    await apply(reviewed);
    await apply(nothing);
    await expect(leave(nothing)).resolves.toBeDefined();
  });

  it('gives no leave for anything else that is planned then', async () => {
    const { apply, leave } = await reviewing();
    await apply(reviewed);
    await apply(nothing);
    const rest = readPlan(planOf([{ ...made, address: 'azurerm_subnet.two' }]));
    await expect(leave(rest)).rejects.toThrow('not the plan that was reviewed');
  });

  it('is another one once the configuration is, or somebody has deployed without a review', async () => {
    const { apply, leave, edit } = await reviewing();
    await apply(reviewed);
    edit();
    await expect(leave(nothing)).rejects.toThrow('the configuration in terraform/');
    const other = await reviewing();
    await other.apply(reviewed);
    await other.apply(nothing, '');
    await expect(other.leave(nothing)).rejects.toThrow('not the plan that was reviewed');
  });
});
