import type { Difference } from '../azure/difference.ts';
import { checkComputes } from '../compute/index.ts';
import { Problem, messageOf } from '../errors.ts';
import type { GitHubApi } from '../github/api.ts';
import { closeIssue, openIssue } from '../github/issues.ts';
import { checkImages } from '../images/index.ts';
import { withoutImagesRecord } from '../images/own-record.ts';
import type { Settings } from '../inputs/schema.ts';
import { login } from '../login/index.ts';
import type { Session } from '../login/session.ts';
import { driftIssue, driftSummary } from '../report/drift-issue.ts';
import { marker } from '../report/markdown.ts';
import { checkState, stateOf } from '../state/index.ts';
import type { State } from '../state/index.ts';
import { checkContainers } from '../storage/containers.ts';
import { judgeDrift } from '../terraform/drift.ts';
import type { DriftAnswer, DriftItem } from '../terraform/drift.ts';
import { openTerraform, readyTerraform } from '../terraform/index.ts';
import { readPlan } from '../terraform/plan-file.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { outputsInState } from '../terraform/stored-outputs.ts';
import { unfinishedRecord } from '../terraform/unfinished.ts';
import type { Toolbox } from '../toolbox/index.ts';
import { checkWebApp } from '../webapp/index.ts';
import type { Command } from './command.ts';

/**
 * Looks whether the environment is as it was deployed, and keeps one issue about it. A check that
 * fails is a failed step and never a drift.
 */
export const drift: Command = async (settings, tools) => {
  const ready = await readyTerraform(settings, tools);
  const session = await login(settings, tools);
  try {
    const state = await stateOf(session, settings, tools);
    const outputs = state && (await outputsInState(state));
    if (state === undefined || outputs === undefined) throw notDeployed(settings);
    const terraform = await openTerraform(ready, settings, session, state, tools);
    const refreshOnly = await terraform.plan('Looking at the world', { refreshOnly: true });
    const plan = await terraform.plan('Comparing with the configuration');
    const answer = judgeDrift({
      refreshOnly: await withoutImagesRecord(
        readPlan(refreshOnly.json),
        outputs,
        settings,
        session,
      ),
      plan: readPlan(plan.json),
      outside: await outsideTerraform(outputs, state, settings, session, tools),
      unfinished: await unfinishedRecord(settings.environment, state, tools).read(),
    });
    tools.log.info(`Drift of ${settings.environment}: ${answer.state}`);
    for (const item of answer.drift) tools.log.info(`  ${item.what}: ${item.address}`);
    for (const item of answer.left) tools.log.info(`  left half changed: ${item.address}`);
    await issue(answer, settings, tools);
    const summary = driftSummary(settings.environment, answer);
    if (answer.state === 'failed') return { outputs: {}, summary, failure: unfinished };
    return { outputs: { 'drift-state': answer.state }, summary };
  } finally {
    await session.close();
  }
};

const unfinished =
  'Terraform did not compare the whole environment: this says nothing about drift.';

function notDeployed({ environment }: Settings): Problem {
  return new Problem(
    `There is no environment "${environment}": nothing is deployed that could drift.`,
    'run deploy first, or correct the name of the environment.',
    { anchor: 'state' },
  );
}

/** Drift of what Terraform does not own. */
async function outsideTerraform(
  outputs: Outputs,
  state: State,
  settings: Settings,
  session: Session,
  tools: Toolbox,
): Promise<readonly DriftItem[]> {
  const computes = await checkComputes(outputs, settings, session, tools);
  const app = await checkWebApp(outputs, session, state);
  const images = await checkImages(outputs, settings, session, tools);
  const containers = await checkContainers(outputs, session);
  const store = await checkState(session, settings);
  return [
    ...items('compute', computes),
    ...items('web app', app),
    ...items('images', images),
    ...items('container', containers),
    ...items('storage account of the state', store),
  ];
}

/** Differences by resource, in the form that Terraform's drift has. */
function items(type: string, differences: readonly Difference[]): DriftItem[] {
  const resources = [...new Set(differences.map(({ resource }) => resource))];
  return resources.map((resource) => ({
    address: resource,
    type,
    what: 'changed',
    attributes: differences
      .filter((difference) => difference.resource === resource)
      .map(({ attribute, wanted, found }) => ({
        path: attribute,
        before: { kind: 'value', json: JSON.stringify(wanted) },
        after: { kind: 'value', json: JSON.stringify(found) },
      })),
  }));
}

/** An issue that cannot be written does not change the answer. */
async function issue(answer: DriftAnswer, settings: Settings, tools: Toolbox): Promise<void> {
  const { environment, githubToken } = settings;
  const { repository } = tools.runner.context;
  if (githubToken.reveal() === '') return;
  try {
    const api = await tools.github(githubToken);
    const done = await keepIssue(api, repository, environment, answer);
    if (done.url !== '') tools.log.info(`Drift issue: ${done.what} (${done.url})`);
  } catch (error) {
    tools.log.warn(`The drift issue could not be kept up to date: ${messageOf(error)}`);
  }
}

/**
 * One issue per environment: open while it drifts, closed once it does not. A check that failed knows
 * neither, and leaves it as it is.
 */
export async function keepIssue(
  api: GitHubApi,
  repository: string,
  environment: string,
  answer: DriftAnswer,
): Promise<{ readonly what: string; readonly url: string }> {
  const key = { repository, marker: marker('drift', environment) };
  if (answer.state === 'failed') return { what: 'left alone', url: '' };
  return answer.state === 'drifted'
    ? openIssue(api, key, driftIssue(environment, answer))
    : closeIssue(api, key);
}
