import { Problem } from '../errors.ts';
import type { Change, Plan } from './plan-file.ts';

/** What holds somebody's data (images, models, keys, logs that prove what happened), or all of that. */
const holders: ReadonlySet<string> = new Set([
  'azurerm_container_registry',
  'azurerm_key_vault',
  'azurerm_log_analytics_workspace',
  'azurerm_machine_learning_workspace',
  'azurerm_resource_group',
  'azurerm_storage_account',
]);

/** What a plan would delete, for good or to make it anew, though it holds data. */
export function lossesOf({ changes }: Plan): readonly Change[] {
  return changes.filter(
    ({ action, type, isData, reason }) =>
      (action === 'delete' || action === 'replace') &&
      holders.has(type) &&
      !isData &&
      // Its creation was never finished, so that nobody has put anything into it.
      reason !== 'replace_because_tainted',
  );
}

/** Throws a Problem where a plan that nobody reviewed would delete what holds data. */
export function refuseLosses(plan: Plan): void {
  const losses = lossesOf(plan);
  if (losses.length === 0) return;
  const lines = losses.map(({ address, action, forcedBy }) => {
    const why = forcedBy.length === 0 ? '' : `, because of ${forcedBy.join(', ')}`;
    return `  ${address}: ${action === 'replace' ? 'replaced' : 'deleted'}${why}`;
  });
  throw new Problem(
    `This deploy would delete what holds data, and nobody has reviewed that:\n${lines.join('\n')}`,
    'take back the change of the inputs or variables that leads to it. Where it is meant, save the data, run plan, and deploy with the fingerprint of that plan (plan-fingerprint). Nothing of the environment has been changed.',
    { anchor: 'data-loss' },
  );
}
