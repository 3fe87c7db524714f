import { endedRuns } from '../../local-azure/operations/github/runs.ts';
import type { Event, Theatre } from './theatre.ts';
import { play } from './theatre.ts';

const [deploy, report] = ['Deploy of demo', 'Report on demo'] as const;

/**
 * Somebody presses Cancel while Terraform applies. act kills the step's process at once, which GitHub does
 * only after some seconds: its post step then ends Terraform. Nothing behind it runs, and the next run of
 * the whole line finishes what was begun. act calls failed what GitHub would call cancelled.
 */
export async function cancelledLine(theatre: Theatre): Promise<void> {
  const { ledger, azure } = theatre;
  const event: Event = {
    ...{ event: 'workflow_dispatch', workflow: 'deploy.yml', payload: { inputs: {} } },
    ...{ cancelAt: /Creation complete/, run: { id: '66', attempt: '1' } },
  };
  const run = await play(theatre, 'a deploy that is cancelled', event, [deploy, report], deploy);
  const end = 'Terraform has stopped: what it had done is in the state, and the lock is free.';
  const isSaid = run.log.some((line) => line.includes(end));
  ledger.claim(`its post step says: ${end}`, isSaid, run.log.slice(-20));
  ledger.claim('the caller gets nothing', Object.keys(run.given).length === 0, run.given);
  // From here on GitHub says of that run, where it is asked, that it is over.
  endedRuns(azure.world).set('66/1', new Date(azure.world.clock.now()).toISOString());
}
