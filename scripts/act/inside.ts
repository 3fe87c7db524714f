import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { letReadKey } from '../../local-azure/demo/key-right.ts';
import { standInside } from '../../local-azure/inside/process.ts';
import { RESULTS_HOST } from '../../local-azure/operations/github/artifact-service.ts';
import { artifactBlobs } from '../../local-azure/operations/github/artifact-store.ts';
import { ID_TOKEN_HOST } from '../../local-azure/operations/github/id-token.ts';
import { API_HOST } from '../../local-azure/operations/github/respond.ts';
import { claimKept } from './kept.ts';
import { byHand, jobsOfLine } from './line.ts';
import type { Theatre } from './theatre.ts';
import { claimSummary, play } from './theatre.ts';

/**
 * The whole line on a runner that stands in the subnet of the probe, after docs/workflows.md, "A runner
 * inside": a deploy from outside opens its ways to GitHub, and its identity gets the right to the key.
 */
export async function lineFromInside(theatre: Theatre): Promise<void> {
  const { azure, act, ledger } = theatre;
  await openWays(theatre);
  letReadKey(azure.world, azure.environment['ARM_CLIENT_ID'] ?? '');
  const machines = azure.world.resources.ofType('Microsoft.Compute/virtualMachines');
  const probe = machines.find(({ name }) => name.endsWith('-probe'));
  const source = { kind: 'machine', id: probe?.id ?? '' } as const;
  const place = await standInside(azure.world, source, act.folder);
  const run = { id: '79', attempt: '1' };
  const event = { ...byHand('inside.yml'), run, place: place.variables };
  const scene = await play(theatre, 'a runner that stands inside', event, jobsOfLine);
  place.leave();
  claimSummary(ledger, scene, 'Deploy', '| network and workspace | unchanged |');
  const proof = ['closed as far as seen from inside', 'runner-stands-inside'];
  claimSummary(ledger, scene, 'Prove that the network is closed', ...proof);
  claimSummary(ledger, scene, 'Ask the inference service', '| health | GET / | pass |');
  claimSummary(ledger, scene, 'Report', 'Everything that was asked for is done.');
  await claimKept(
    theatre,
    scene,
    ['verify-demo-1', 'network-demo'],
    ['smoke-demo-1', 'smoke-demo'],
  );
  const byProbe = scene.requests.filter(({ path }) => path.includes('/runCommands/'));
  ledger.claim('the probe machine was not asked to look', byProbe.length === 0, byProbe);
}

/** The hosts of GitHub that the runner needs are opened to the probe's subnet. */
async function openWays(theatre: Theatre): Promise<void> {
  const hosts = [ID_TOKEN_HOST, API_HOST, RESULTS_HOST, artifactBlobs.host];
  const rows = hosts.map(
    (host) => `  "${host}" = { reason = "the runner inside", from = ["probe"] }\n`,
  );
  const file = join(theatre.act.consumer, 'demo.tfvars');
  await appendFile(file, `allowed_hosts = {\n${rows.join('')}}\n`);
  const event = byHand('deploy.yml', { train: 'false' });
  const jobs = jobsOfLine.filter((job) => !job.startsWith('Training'));
  const run = await play(theatre, 'the ways of a runner inside are opened', event, jobs);
  claimSummary(theatre.ledger, run, 'Deploy', '| network and workspace | done |');
}
