import { openStranger } from '../../local-azure/demo/stranger.ts';
import { claimKept } from './kept.ts';
import type { Event, Scene, Theatre } from './theatre.ts';
import { claimSummary, play } from './theatre.ts';

/** Jobs of the whole line in their order, as people see them. */
export const jobsOfLine = [
  'Deploy of demo',
  'Proof of demo',
  'Training of demo',
  'Smoke test of demo',
  'Report on demo',
] as const;
const [deploy, proof, training, smoke, report] = jobsOfLine;

const names = [
  ...['resource-group', 'workspace-name', 'compute-cluster-name', 'key-vault-name'],
  ...['inference-app-name', 'inference-app-host', 'job-name'],
];

/** Somebody presses the button of a workflow. */
export function byHand(workflow: string, inputs: Readonly<Record<string, string>> = {}): Event {
  return { event: 'workflow_dispatch', workflow, payload: { inputs } };
}

/** Deploy, proof, training, smoke test and report, by the example; then the same run once more. */
export async function wholeLine(theatre: Theatre): Promise<void> {
  const { ledger, azure } = theatre;
  const run = await play(theatre, 'the whole line by hand', byHand('deploy.yml'), jobsOfLine);
  for (const name of names) {
    ledger.claim(`the caller gets ${name}`, (run.given[name] ?? '') !== '', run.given);
  }
  claimModel(theatre, run, '1');
  const stages = ['network and workspace', 'compute', 'web app'];
  claimSummary(ledger, run, 'Deploy', ...stages.map((stage) => `| ${stage} | done |`));
  claimSummary(ledger, run, 'Prove that the network is closed', '## The network of demo: closed');
  claimSummary(ledger, run, 'Ask the inference service', '| health | GET / | pass |');
  const rows = ['| deploy | success | ', '| verify | success | the network is closed ([evidence]('];
  claimSummary(ledger, run, 'Report', ...rows, 'Everything that was asked for is done.');
  claimNoFailedPart(theatre, run);
  await claimKept(theatre, run, ['verify-demo-1', 'network-demo'], ['smoke-demo-1', 'smoke-demo']);
  azure.journal.stage = 'count';
  const ids = await (await openStranger(azure.environment)).everything();
  const workspace = `/workspaces/${run.given['workspace-name'] ?? ''}`;
  const listed = ids.some((id) => id.endsWith(workspace));
  ledger.claim('ARM lists the workspace', listed, ids);
  await again(theatre);
}

/** A re-run of all jobs is another attempt of the same run: it deploys nothing, and trains anew. */
async function again(theatre: Theatre): Promise<void> {
  const id = theatre.azure.environment['GITHUB_RUN_ID'] ?? '';
  const event = { ...byHand('deploy.yml'), run: { id, attempt: '2' } };
  const run = await play(theatre, 'the whole line, re-run', event, jobsOfLine);
  claimModel(theatre, run, '2');
  claimSummary(theatre.ledger, run, 'Deploy', '| network and workspace | unchanged |');
  await claimKept(theatre, run, ['verify-demo-2', 'network-demo'], ['smoke-demo-2', 'smoke-demo']);
}

/** The smoke test asks for the very model that was trained. */
function claimModel({ ledger }: Theatre, run: Scene, version: string): void {
  const { given } = run;
  ledger.claim(
    `the caller gets model-version = ${version}`,
    given['model-version'] === version,
    given,
  );
  claimSummary(ledger, run, 'Train', `HelloWorld:${version}`);
  claimSummary(ledger, run, 'Report', `| train | success | HelloWorld:${version} |`);
  const asked = run.log.some((line) => line.includes(`HelloWorld:${version}`));
  ledger.claim(`the smoke test asks for HelloWorld:${version}`, asked, run.log.slice(-5));
}

function claimNoFailedPart({ ledger }: Theatre, { given }: Scene): void {
  ledger.claim('the caller gets no failed-part', (given['failed-part'] ?? '') === '', given);
}

/** The line as each part of it fails: what follows is not run, and the report says so. */
export async function brokenLines(theatre: Theatre): Promise<void> {
  await deployFails(theatre);
  await lineRefused(theatre);
  await proofFails(theatre);
  await trainingFails(theatre);
  await smokeFails(theatre);
}

async function deployFails(theatre: Theatre): Promise<void> {
  const stranger = '00000000-0000-0000-0000-000000000000';
  const event = { ...byHand('deploy.yml'), variables: { AZURE_CLIENT_ID: stranger } };
  const run = await play(theatre, 'a deploy that may not log in', event, [deploy, report], deploy);
  const rows = ['verify', 'train', 'smoke'].map(notRun('deploy'));
  claimSummary(theatre.ledger, run, 'Report', '| deploy | failure | its job says why |', ...rows);
  claimFailedPart(theatre, run, 'deploy');
}

/** Somebody has put a public address into the group, which a deploy leaves alone: the proof must say no. */
async function proofFails(theatre: Theatre): Promise<void> {
  const { azure, ledger } = theatre;
  azure.journal.stage = 'by hand';
  const stranger = await openStranger(azure.environment);
  const group = `/subscriptions/${azure.world.subscriptionId}/resourceGroups/innereye-demo`;
  const address = `${group}/providers/Microsoft.Network/publicIPAddresses/somebodys`;
  const body = {
    ...{ location: 'westeurope', sku: { name: 'Standard' } },
    properties: { publicIPAllocationMethod: 'Static' },
  };
  const { status } = await stranger.arm('PUT', address, '2024-05-01', body);
  ledger.claim('by hand: a public address is in the group', status < 300, status);
  const jobs = [deploy, proof, report];
  const event = { ...byHand('deploy.yml'), run: { id: '77', attempt: '1' } };
  const run = await play(theatre, 'a network that is not closed', event, jobs, proof);
  azure.world.resources.delete(address);
  const row = '| verify | failure | its job says why ([evidence](https://';
  const rows = ['train', 'smoke'].map(notRun('verify'));
  claimSummary(ledger, run, 'Report', row, ...rows);
  await claimKept(theatre, run, ['verify-demo-1', 'network-demo']);
  claimFailedPart(theatre, run, 'verify');
}

/** Told at once, and not after the hours that a deploy takes. */
async function lineRefused(theatre: Theatre): Promise<void> {
  const event = { ...byHand('deploy.yml'), variables: { INNEREYE_IMAGE: '' } };
  const { ledger } = theatre;
  const run = await play(theatre, 'a training without an image', event, [deploy, report], deploy);
  const log = run.log.join('\n');
  const said = 'it got "none, but training needs one (docs/image.md)"';
  ledger.claim('the log says what is missing', log.includes(said), log.slice(-900));
  ledger.claim('nothing was asked of Azure', run.requests.length === 0, run.requests);
}

async function trainingFails(theatre: Theatre): Promise<void> {
  const { azure } = theatre;
  const answer = { status: 400, body: { error: { code: 'UserError', message: 'No such job.' } } };
  const match = { method: 'PUT', path: /\/workspaces\/[^/]+\/jobs\// };
  azure.faults.add({ match, fault: { kind: 'answer', answer } });
  // A run of its own: the job of a run that has trained before is found again, not submitted.
  const event = { ...byHand('deploy.yml'), run: { id: '78', attempt: '1' } };
  const jobs = [deploy, proof, training, report];
  const run = await play(theatre, 'a training that Azure refuses', event, jobs, training);
  azure.faults.clear();
  const rows = ['| train | failure | its job says why |', notRun('train')('smoke')];
  claimSummary(theatre.ledger, run, 'Report', ...rows);
  claimFailedPart(theatre, run, 'train');
}

async function smokeFails(theatre: Theatre): Promise<void> {
  const { azure, ledger } = theatre;
  const answer = { status: 500, body: { error: 'broken' } };
  const match = { host: /\.azurewebsites\.net$/, path: /\/v1\/ping/ };
  azure.faults.add({ match, fault: { kind: 'answer', answer } });
  const event = byHand('deploy.yml', { train: 'false' });
  const jobs = [deploy, proof, smoke, report];
  const run = await play(theatre, 'a service that breaks its contract', event, jobs, smoke);
  azure.faults.clear();

  const row = '| smoke | failure | its job says why ([evidence](https://';
  claimSummary(ledger, run, 'Report', '| train | skipped | not asked for |', row);
  claimFailedPart(theatre, run, 'smoke');
}

const notRun =
  (failed: string) =>
  (part: string): string =>
    `| ${part} | skipped | not run: ${failed} ended as failure |`;

/** act ends a caller whose called workflow has failed, so the output is read where it is made. */
function claimFailedPart({ ledger }: Theatre, run: Scene, part: string): void {
  const told = run.outputs.get('Report')?.['failed-part'];
  ledger.claim(`the report gives failed-part = ${part}`, told === part, told);
}
