import type { JournalEntry } from '../../local-azure/journal.ts';
import { ID_TOKEN_HOST } from '../../local-azure/operations/github/id-token.ts';
import type { Comment, Issue } from '../../local-azure/operations/github/tracker.ts';
import { commentsOf, trackerOf } from '../../local-azure/operations/github/tracker.ts';
import { aloneParts } from './alone.ts';
import { brokenDeploys } from './broken-deploy.ts';
import { cancelledLine } from './cancel.ts';
import { fleets } from './fleet.ts';
import { lineFromInside } from './inside.ts';
import { readKept } from './kept.ts';
import { brokenLines, wholeLine } from './line.ts';
import { longPlan } from './long-plan.ts';
import { merges } from './merge.ts';
import { openPullRequest, planOn } from './proposal.ts';
import { releases } from './release.ts';
import { removals } from './removal.ts';
import type { Scene, Theatre } from './theatre.ts';
import { changeByHand, nameOf, play, same } from './theatre.ts';

/**
 * A consumer's days with the examples: a pull request, one whose plan is too long, one from a fork, the
 * whole line, the pull request again, a merge that is applied as it was reviewed, nights before and after
 * somebody has opened a storage account by hand, parts of the line alone, the line from a runner inside, the
 * line again as each of its parts fails, a fleet, and the end of it all.
 */
export async function tell(theatre: Theatre): Promise<void> {
  const number = openPullRequest(theatre);
  const comment = await firstPlan(theatre, number);
  await longPlan(theatre);
  await planFromFork(theatre);
  await cancelledLine(theatre);
  await wholeLine(theatre);
  await secondPlan(theatre, number, comment);
  await merges(theatre);
  await cleanNight(theatre);
  const found = await driftedNight(theatre);
  await sameNight(theatre, found);
  await mendedNight(theatre);
  await aloneParts(theatre);
  await lineFromInside(theatre);
  await brokenLines(theatre);
  await brokenDeploys(theatre);
  await fleets(theatre);
  await releases(theatre);
  await removals(theatre);
}

async function firstPlan(theatre: Theatre, number: number): Promise<Comment | undefined> {
  const { ledger, azure } = theatre;
  const { given, summaries, requests, runId } = await planOn(theatre, 'pull request', number);
  ledger.claim('the caller gets changes = true', given['changes'] === 'true', given);
  ledger.claim('the caller gets the number of new resources', Number(given['adds']) > 0, given);
  const fingerprint = given['plan-fingerprint'] ?? '';
  ledger.claim(
    'the caller gets a fingerprint',
    /^[0-9a-f]{64}(-[0-9a-f]{64})?$/.test(fingerprint),
    given,
  );
  const headline = `**${given['adds'] ?? ''} to add**`;
  const comments = commentsOf(azure.world, number);
  const [comment] = comments;
  ledger.claim('one comment is on the pull request', comments.length === 1, comments);
  ledger.claim('it says what would be added', comment?.body.includes(headline) === true, comment);
  const summary = summaries.get('Plan') ?? '';
  ledger.claim('so does the step summary', summary.includes(headline), summary);
  const kept = await readKept(theatre, runId, 'plan-demo-1');
  ledger.claim('no artifact is made of a plan that fits', kept === undefined, kept);
  ledger.claim('an id-token was asked for', requests.some(asksForIdToken));
  claimOnlyRead(theatre, requests);
  return comment && { ...comment };
}

async function planFromFork(theatre: Theatre): Promise<void> {
  const { ledger, azure } = theatre;
  const number = openPullRequest(theatre);
  const run = await planOn(theatre, 'pull request from a fork', number, { from: 'fork' });
  ledger.claim(
    'no token was asked for, nor anything else',
    run.requests.length === 0,
    run.requests,
  );
  const notice = 'comes from a fork, which may not log in to Azure';
  const log = run.log.join('\n');
  ledger.claim('the log says why nothing was planned', log.includes(notice), log.slice(-1_500));
  const summary = run.summaries.get('Plan') ?? '';
  ledger.claim('so does the step summary', summary.includes(notice), summary);
  ledger.claim('the caller gets no plan', (run.given['changes'] ?? '') === '', run.given);
  const comments = commentsOf(azure.world, number);
  ledger.claim('no comment is on that pull request', comments.length === 0, comments);
}

async function secondPlan(
  theatre: Theatre,
  number: number,
  first: Comment | undefined,
): Promise<void> {
  const { ledger, azure } = theatre;
  const { given, requests } = await planOn(theatre, 'the pull request again', number);
  ledger.claim('the caller gets changes = false', given['changes'] === 'false', given);
  const comments = commentsOf(azure.world, number);
  const [comment] = comments;
  ledger.claim('there is no second comment', comments.length === 1, comments);
  ledger.claim('it is the same comment', comment?.id === first?.id, comment);
  ledger.claim('it says something else now', comment?.body !== first?.body, comment);
  claimWrites(ledger, requests, ['PATCH']);
  claimOnlyRead(theatre, requests);
}

async function night(theatre: Theatre, title: string, state: string): Promise<Scene> {
  const { ledger } = theatre;
  const payload = { schedule: '17 3 * * *' };
  const occasion = { event: 'schedule', workflow: 'drift.yml', payload, parallel: true };
  const jobs = ['Drift of demo', 'Smoke test of demo'];
  const run = await play(theatre, title, occasion, jobs);
  ledger.claim(
    `the caller gets drift-state = ${state}`,
    run.given['drift-state'] === state,
    run.given,
  );
  claimOnlyRead(theatre, run.requests);
  return run;
}

async function cleanNight(theatre: Theatre): Promise<void> {
  const { requests } = await night(theatre, 'a night without drift', 'clean');
  theatre.ledger.claim('there is no issue', issuesOf(theatre).length === 0, issuesOf(theatre));
  claimWrites(theatre.ledger, requests, []);
}

async function driftedNight(theatre: Theatre): Promise<Issue | undefined> {
  const { ledger } = theatre;
  await changeByHand(theatre, 'Enabled');
  const run = await night(theatre, 'a night after a change by hand', 'drifted');
  const issues = issuesOf(theatre);
  const [issue] = issues;
  ledger.claim(
    'one issue is open',
    same(
      issues.map(({ state }) => state),
      ['open'],
    ),
    issues,
  );
  const body = issue?.body ?? '';
  ledger.claim('it names what was changed', body.includes('public_network_access'), body);
  claimWrites(ledger, run.requests, ['POST']);
  return issue && { ...issue };
}

async function sameNight(theatre: Theatre, found: Issue | undefined): Promise<void> {
  const { ledger } = theatre;
  const { requests } = await night(theatre, 'the next night', 'drifted');
  const issues = issuesOf(theatre);
  ledger.claim('it is one issue still', issues.length === 1 && issues[0]?.state === 'open', issues);
  ledger.claim('it says the same', issues[0]?.body === found?.body, issues);
  claimWrites(ledger, requests, []);
}

async function mendedNight(theatre: Theatre): Promise<void> {
  await changeByHand(theatre, 'Disabled');
  await night(theatre, 'a night after it was put right', 'clean');
  const states = issuesOf(theatre).map(({ state }) => state);
  theatre.ledger.claim('the issue is closed', same(states, ['closed']), states);
}

/** Issues of the repository, without pull requests. */
function issuesOf({ azure }: Theatre): Issue[] {
  return [...trackerOf(azure.world).issues.values()].filter((issue) => !issue.isPullRequest);
}

function asksForIdToken({ host }: JournalEntry): boolean {
  return host === ID_TOKEN_HOST;
}

/** An identity that only reads must be enough for plans and drift checks; a smoke test beside them looks through the probe. */
function claimOnlyRead({ ledger }: Theatre, requests: readonly JournalEntry[]): void {
  const writes = requests
    .filter(
      ({ host, method }) => host === 'management.azure.com' && /PUT|PATCH|DELETE/.test(method),
    )
    .map(nameOf)
    .filter((name) => !name.includes('/runCommands/innereye-'));
  ledger.claim('nothing was written by ARM', writes.length === 0, writes);
}

/** What was written to GitHub, by the methods of the requests. */
function claimWrites(
  ledger: Theatre['ledger'],
  requests: readonly JournalEntry[],
  wanted: readonly string[],
): void {
  const writes = requests.filter(
    ({ host, method }) => host === 'api.github.com' && method !== 'GET',
  );
  const methods = writes.map(({ method }) => method);
  const what = wanted.length === 0 ? 'nothing' : wanted.join(', ');
  ledger.claim(`written to GitHub: ${what}`, same(methods, wanted), writes.map(nameOf));
}
