import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { table } from './markdown.ts';

/** What a person who signs a report must know of where it comes from: each row a name and its value. */
export type Provenance = readonly (readonly [name: string, value: string])[];

/** When, of what, and by which run of which code a report was made. */
export function provenanceOf(
  { subscriptionId, tenantId, location, resourceGroup }: Outputs,
  { clock, env, runner }: Pick<Toolbox, 'clock' | 'env' | 'runner'>,
): Provenance {
  const { repository, runId, runAttempt, sha } = runner.context;
  const rows = [
    ['date', new Date(clock.now()).toISOString()],
    ['subscription', subscriptionId],
    ['tenant', tenantId],
    ['region', location],
    ['resource group', resourceGroup],
    ['repository', repository],
    ['commit', sha],
    ['run', repository === '' ? runId : `${runId}, attempt ${runAttempt}`],
    ['action', actionOf(env)],
  ] as const;
  return rows.filter(([, value]) => value !== '');
}

/** The version of the action as the workflow names it; empty where the runner does not say. */
function actionOf(env: Toolbox['env']): string {
  const [repository = '', ref = ''] = [env['GITHUB_ACTION_REPOSITORY'], env['GITHUB_ACTION_REF']];
  return repository === '' ? '' : `${repository}${ref === '' ? '' : ` at ${ref}`}`;
}

export function provenanceTable(provenance: Provenance): string {
  return table(['this report', ''], provenance);
}
