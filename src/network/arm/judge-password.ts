import { hasSetPassword } from '../../azure/access-extension.ts';
import type { Outputs } from '../../terraform/outputs.ts';
import type { Evidence } from '../evidence.ts';
import { same } from './fields.ts';
import type { Facts } from './facts.ts';
import { row } from './verdict.ts';

/**
 * The password that the jumpbox was created with is in the Terraform state. It is void once an
 * access extension has set another one for that user.
 */
export function judgePassword(facts: Facts, { jumpboxName }: Outputs): readonly Evidence[] {
  if (jumpboxName === '') return [];
  const check = 'jumpbox-password-void';
  const subject = `machine ${jumpboxName}`;
  const machine = facts.machines.find(({ name }) => same(name, jumpboxName));
  if (machine === undefined) return [row(check, subject, 'unproven', 'ARM does not list it')];
  if (machine.adminUser === undefined) {
    return [row(check, subject, 'unproven', 'ARM does not say who its administrator is')];
  }
  const { adminUser } = machine;
  if (machine.extensions.some((one) => hasSetPassword(one, adminUser))) {
    const seen = `the password of ${adminUser} has been set anew since it was made`;
    return [row(check, subject, 'closed', seen)];
  }
  const path = `virtualMachines/${machine.name}/extensions`;
  if (facts.unread.some(({ what }) => what.toLowerCase().endsWith(path.toLowerCase()))) {
    return [row(check, subject, 'unproven', 'ARM does not list its extensions')];
  }
  const seen =
    'the password that it was made with still works, and is in the Terraform state. Run deploy, which makes it void';
  return [row(check, subject, 'hole', seen)];
}
