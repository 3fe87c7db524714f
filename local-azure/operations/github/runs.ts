import type { Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { keptIn } from '../../world.ts';
import { API_HOST, credentialsRefusal, notFound, notForJobs, ok, page, rest } from './respond.ts';
import type { Issue } from './tracker.ts';
import { issueView, trackerOf } from './tracker.ts';
import { workflowRunOf, type WorkflowRun } from './workflow-run.ts';

const repository = rest({
  route: 'GET /',
  answer: (_call, _world, run) =>
    ok({
      id: Number(run.repositoryId),
      name: run.repository.split('/')[1],
      full_name: run.repository,
      private: true,
      owner: { login: run.owner, id: Number(run.ownerId), type: 'Organization' },
      html_url: `https://github.com/${run.repository}`,
      default_branch: 'main',
    }),
});

const workflowRun = rest({
  route: 'GET /actions/runs/{run}',
  simplified: 'one run, always in progress',
  answer: (call, _world, run) =>
    call.params['run'] === String(run.runId) ? ok(runView(run)) : notFound(),
});

/** Attempts of runs that have ended, by `run/attempt`, with the moment of their end (ISO 8601). */
export function endedRuns(world: World): Map<string, string> {
  return keptIn(world, 'endedRuns', () => new Map<string, string>());
}

const attempt = rest({
  route: 'GET /actions/runs/{run}/attempts/{attempt}',
  simplified: 'the attempt that goes on, and those that a test says have ended',
  answer: (call, world, run) => {
    const { run: id = '', attempt: number = '' } = call.params;
    const end = endedRuns(world).get(`${id}/${number}`);
    const view = { ...runView(run), id: Number(id), run_attempt: Number(number) };
    if (end !== undefined) {
      return ok({ ...view, status: 'completed', conclusion: 'cancelled', updated_at: end });
    }
    return id === String(run.runId) && number === '1' ? ok(view) : notFound();
  },
});

const jobs = rest({
  route: 'GET /actions/runs/{run}/jobs',
  answer: (call, _world, run) => {
    if (call.params['run'] !== String(run.runId)) return notFound();
    const { status, conclusion, html_url } = runView(run);
    const job = { id: run.runId + 1, run_id: run.runId, name: 'deploy', status, conclusion };
    return ok({ total_count: 1, jobs: [{ ...job, html_url, steps: [] }] });
  },
});

function runView(run: WorkflowRun): Record<string, unknown> {
  const html = `https://github.com/${run.repository}/actions/runs/${run.runId}`;
  return {
    id: run.runId,
    name: run.workflowFile,
    head_branch: run.ref.replace('refs/heads/', ''),
    head_sha: run.sha,
    path: `.github/workflows/${run.workflowFile}`,
    run_number: 1,
    run_attempt: 1,
    event: run.eventName,
    status: 'in_progress',
    conclusion: null,
    workflow_id: 1,
    url: `https://${API_HOST}/repos/${run.repository}/actions/runs/${run.runId}`,
    html_url: html,
    actor: { login: run.actor, id: Number(run.ownerId), type: 'User' },
  };
}

const pullRequest = rest({
  route: 'GET /pulls/{number}',
  simplified: 'head and base are the run’s own commit',
  answer: (call, world, run) => {
    const issue = trackerOf(world).issues.get(Number(call.params['number']));
    return issue?.isPullRequest ? ok(pullView(world, issue, run)) : notFound();
  },
});

const pullRequestsOfCommit = rest({
  route: 'GET /commits/{sha}/pulls',
  simplified: 'knows the merge commits of pull requests and nothing else',
  answer: (call, world, run) =>
    page(
      call,
      [...trackerOf(world).issues.values()]
        .filter(({ mergedAs }) => mergedAs?.sha === call.params['sha'])
        .map((pull) => pullView(world, pull, run)),
    ),
});

function pullView(world: World, pull: Issue, run: WorkflowRun): Record<string, unknown> {
  const repo = { full_name: run.repository, default_branch: 'main' };
  return {
    ...issueView(world, pull),
    head: { sha: run.sha, repo, ref: 'change' },
    base: { sha: run.sha, repo, ref: 'main' },
    draft: false,
    merged: pull.mergedAs !== undefined,
    merged_at: pull.mergedAs?.at ?? null,
    merge_commit_sha: pull.mergedAs?.sha ?? null,
  };
}

/** A job's token is an installation's, not a person's. */
const user: Operation = {
  host: API_HOST,
  route: 'GET /user',
  answer: (call, world) => credentialsRefusal(call, workflowRunOf(world)) ?? notForJobs(),
};

/** The repository, its one workflow run, and its pull requests. */
export const runs: readonly Operation[] = [
  repository,
  workflowRun,
  attempt,
  jobs,
  pullRequest,
  pullRequestsOfCommit,
  user,
];
