import { claimKept } from './kept.ts';
import { byHand, jobsOfLine } from './line.ts';
import type { Theatre } from './theatre.ts';
import { claimSummary, play } from './theatre.ts';

const [, proof, training] = jobsOfLine;

/** Parts of the line that are called by themselves: the proof, and a training in a run of its own. */
export async function aloneParts(theatre: Theatre): Promise<void> {
  const { ledger } = theatre;
  const run = { id: '80', attempt: '1' };
  const proven = await play(theatre, 'the proof alone', { ...byHand('verify.yml'), run }, [proof]);
  const title = '## The network of demo: closed';
  claimSummary(ledger, proven, 'Prove that the network is closed', title);
  await claimKept(theatre, proven, ['verify-demo-1', 'network-demo']);
  const given = proven.given['evidence'] ?? '';
  ledger.claim('the caller gets the address of the evidence', given.startsWith('https://'), given);

  const trained = await play(theatre, 'a training alone', { ...byHand('train.yml'), run }, [
    training,
  ]);
  const model = `HelloWorld:${trained.given['model-version'] ?? ''}`;
  ledger.claim('the caller gets the model', /:[1-9]\d*$/.test(model), trained.given);
  claimSummary(ledger, trained, 'Train', model);
}
