import { openStranger } from '../../local-azure/demo/stranger.ts';
import type { Event, Theatre } from './theatre.ts';
import { play } from './theatre.ts';

const job = 'Removal of demo';

function confirmed(confirm: string): Event {
  return { event: 'workflow_dispatch', workflow: 'destroy.yml', payload: { inputs: { confirm } } };
}

/** A removal that was not confirmed, and one that was. */
export async function removals(theatre: Theatre): Promise<void> {
  const { ledger, azure } = theatre;
  const refused = await play(theatre, 'a slip of the hand', confirmed('dem'), [job], job);
  ledger.claim('nothing was asked of Azure', refused.requests.length === 0, refused.requests);
  await play(theatre, 'the end of demo', confirmed('demo'), [job]);
  azure.journal.stage = 'count';
  const ids = await (await openStranger(azure.environment)).everything();
  const left = ids.filter((id) => !/-state(\/|$)/i.test(id));
  ledger.claim('only the state is left', left.length === 0, left);
}
