import type { Theatre } from './theatre.ts';
import { claimSummary, play } from './theatre.ts';

const [deploy, report] = ['Deploy of demo', 'Report on demo'] as const;

/** Stages of a deploy, and a request that only they make. */
const stages = [
  ['plan', 'GET', /\/azureFirewalls\/[^/]+$/],
  ['compute', 'GET', /\/computes(\/[^/]+)?$/],
  ['web app', 'GET', /\/sites\/[^/]+\/deployments/],
] as const;

/**
 * A deploy that fails in one of its stages, because Azure refuses a request of that stage: the summary names
 * the stage, what stands behind it is not run, and the report says so. The refused apply is in merge.ts.
 */
export async function brokenDeploys(theatre: Theatre): Promise<void> {
  const { azure } = theatre;
  for (const [stage, method, path] of stages) {
    const error = { code: 'AuthorizationFailed', message: 'not today' };
    const fault = { kind: 'answer', answer: { status: 403, body: { error } } } as const;
    azure.faults.add({ match: { host: 'management.azure.com', method, path }, fault });
    const event = { event: 'workflow_dispatch', workflow: 'deploy.yml', payload: { inputs: {} } };
    const title = `a deploy that fails in its stage ${stage}`;
    const run = await play(theatre, title, event, [deploy, report], deploy);
    azure.faults.clear();
    claimSummary(theatre.ledger, run, 'Deploy', `| ${stage} | failed |`);
    const rows = ['verify', 'train', 'smoke'].map(
      (part) => `| ${part} | skipped | not run: deploy ended as failure |`,
    );
    claimSummary(theatre.ledger, run, 'Report', '| deploy | failure | its job says why |', ...rows);
  }
}
