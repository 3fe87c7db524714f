import { execFile } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mergePullRequest } from '../../local-azure/operations/github/tracker.ts';
import { openPullRequest, planOn } from './proposal.ts';
import type { Event, Scene, Theatre } from './theatre.ts';
import { changeByHand, claimSummary, play } from './theatre.ts';

const job = 'Deploy of demo';
const days = 120;

/**
 * A change of the variables file: planned on its pull request, merged, and applied as it was reviewed.
 * Somebody changes Azure before the merge: the first run refuses, and the same run once more, after
 * that has been put right, applies exactly what was reviewed.
 */
export async function merges(theatre: Theatre): Promise<void> {
  const { ledger, azure } = theatre;
  const sha = await commitChange(theatre);
  const number = openPullRequest(theatre);
  const plan = await planOn(theatre, 'a change is proposed', number);
  ledger.claim('one resource would be updated', plan.given['updates'] === '1', plan.given);
  const fingerprint = plan.given['plan-fingerprint'] ?? 'none';

  await changeByHand(theatre, 'Enabled');
  mergePullRequest(azure.world, number, sha);
  const refused = await merged(theatre, 'a merge, after Azure was changed by hand', sha, '1', job);
  claimSaid(
    theatre,
    refused,
    'this is not the plan that was reviewed. What moved since: the plan.',
  );
  ledger.claim('nothing of it was applied', retention(theatre) !== days, retention(theatre));

  await changeByHand(theatre, 'Disabled');
  await refusedByAzure(theatre, sha);
  const applied = await merged(
    theatre,
    'the same merge, re-run after that was put right',
    sha,
    '3',
  );
  claimSaid(theatre, applied, `may be applied: ${fingerprint}`);
  claimSaid(theatre, applied, 'Plan: 1 to change.');
  ledger.claim('what was reviewed holds in Azure', retention(theatre) === days, retention(theatre));

  const again = await merged(theatre, 'the same merge, run again after it is done', sha, '4');
  claimSaid(theatre, again, 'An earlier run has applied the plan with this fingerprint');
  claimSummary(ledger, again, 'Deploy', '| network and workspace | unchanged |');
}

/** The apply itself fails: the stage is named, and what was reviewed may still be applied later. */
async function refusedByAzure(theatre: Theatre, sha: string): Promise<void> {
  const path = /\.OperationalInsights\/workspaces\/[^/]+$/;
  const match = { host: 'management.azure.com', method: 'PUT', path };
  const answer = { status: 400, body: { error: { code: 'BadRequest', message: 'not now' } } };
  theatre.azure.faults.add({ match, fault: { kind: 'answer', answer } });
  const run = await merged(
    theatre,
    'the same merge, where Azure refuses the change',
    sha,
    '2',
    job,
  );
  theatre.azure.faults.clear();
  claimSummary(theatre.ledger, run, 'Deploy', '| network and workspace | failed |');
}

/** The change as a commit of the consumer; gives its id. */
async function commitChange({ act }: Theatre): Promise<string> {
  await appendFile(join(act.consumer, 'demo.tfvars'), `log_retention_days = ${days}\n`);
  const git = async (...args: string[]): Promise<string> => {
    const options = { cwd: act.consumer, env: { ...act.env }, signal: act.signal };
    return (await promisify(execFile)('git', args, options)).stdout.trim();
  };
  const author = ['-c', 'user.name=colleague', '-c', 'user.email=colleague@example.org'];
  await git(...author, 'commit', '--quiet', '--all', '--message=Keep logs for longer');
  return git('rev-parse', 'HEAD');
}

/** The push of a merge starts the example. */
function merged(
  theatre: Theatre,
  title: string,
  sha: string,
  attempt: string,
  failing?: string,
): Promise<Scene> {
  const payload = {
    ref: 'refs/heads/main',
    after: sha,
    repository: { full_name: theatre.repository, default_branch: 'main' },
  };
  const event: Event = {
    ...{ event: 'push', workflow: 'apply-on-merge.yml', payload },
    run: { id: '88', attempt },
  };
  return play(theatre, title, event, [job], failing);
}

function claimSaid({ ledger }: Theatre, { log }: Scene, text: string): void {
  const said = log.some((line) => line.includes(text));
  ledger.claim(`the log says: ${text}`, said, log.slice(-15).join('\n'));
}

/** Days for which Azure keeps the logs of the environment. */
function retention({ azure }: Theatre): unknown {
  const [workspace] = azure.world.resources.ofType('Microsoft.OperationalInsights/workspaces');
  return workspace?.properties['retentionInDays'];
}
