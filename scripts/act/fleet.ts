import type { Event, Theatre } from './theatre.ts';
import { claimSummary, play } from './theatre.ts';

const [list, report] = ['Read the list', 'Report on the fleet'] as const;

function pressed(command: string, workflow = 'fleet.yml'): Event {
  const payload = { inputs: { command } };
  return { event: 'workflow_dispatch', workflow, payload, parallel: true };
}

/** The same for two environments, one of which is not there yet. */
export async function fleets(theatre: Theatre): Promise<void> {
  const { ledger } = theatre;
  const jobs = [list, 'Plan of demo', 'Plan of south', report];
  const run = await play(theatre, 'a plan of the fleet', pressed('plan'), jobs);
  claimSummary(ledger, run, 'Report', '## Fleet: plan of demo, south', 'Done for each of them.');
  ledger.claim('the caller gets result = success', run.given['result'] === 'success', run.given);
  const summary = run.summaries.get('Plan') ?? '';
  ledger.claim('both plans are told', /demo/.test(summary) && /south/.test(summary), summary);
  await images(theatre);
  await misspelt(theatre);
}

/** An image for both, built once by a program that stands in for Docker. */
async function images(theatre: Theatre): Promise<void> {
  const { ledger } = theatre;
  const jobs = [list, 'Training image', report];
  const run = await play(theatre, 'the image of the fleet', pressed('image'), jobs);
  claimSummary(ledger, run, 'Report', '## Fleet: image of demo, south', 'Done for each of them.');
  const text = `The training image is \`ghcr.io/${theatre.repository}/innereye@sha256:`;
  claimSummary(ledger, run, 'Build, try and push', text);
}

/** A misspelt input of one environment stops the fleet before anything is asked of Azure. */
async function misspelt(theatre: Theatre): Promise<void> {
  const { ledger } = theatre;
  const event = pressed('deploy', 'misspelt.yml');
  const run = await play(theatre, 'a fleet with a misspelt input', event, [list, report], list);
  const log = run.log.join('\n');
  ledger.claim('it is named', log.includes('"loction" is no input of a workflow'), log.slice(-900));
  claimSummary(ledger, run, 'Report', 'Not done: the list, or the run, ended as failure.');
  ledger.claim('nothing was asked of Azure', run.requests.length === 0, run.requests);
}
