import { asObject, asObjects } from '../../arm/json.ts';
import { fields, text } from '../../inside/json-fields.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { gate, ownHost, refusal, withRun, workspacePath } from './gate.ts';
import { experimentId, guidOf, jobType, tagsOf } from './job.ts';
import { failureOf, logOf } from './performance.ts';
import { signedAddress } from './run-blobs.ts';
import { stdLog } from './run-files.ts';
import { runToken } from './run-token.ts';
import { keptIn } from '../../world.ts';

/** A run as run history tells it (azureml-core, RunDto). */
function runBody(run: StoredResource, workspace: StoredResource, world: World): object {
  const failure = failureOf(world, run);
  const experiment = text(run.properties, 'experimentName') ?? '';
  return {
    runId: run.name,
    runNumber: Number(run.hidden?.['number'] ?? 1),
    runUuid: guidOf(run.id),
    rootRunId: run.name,
    parentRunId: null,
    experimentId: experimentId(workspace, experiment),
    experimentName: experiment,
    dataContainerId: `dcid.${run.name}`,
    displayName: run.properties['displayName'],
    description: null,
    hidden: false,
    runType: 'azureml.scriptrun',
    status: run.properties['status'],
    target: (text(run.properties, 'computeId') ?? '').split('/').at(-1),
    createdUtc: run.hidden?.['createdAt'],
    startTimeUtc: run.hidden?.['startTime'] ?? null,
    endTimeUtc: run.hidden?.['endTime'] ?? null,
    tags: tagsOf(run),
    properties: run.properties['properties'],
    error: failure === undefined ? null : { error: { code: 'UserError', message: failure } },
    warnings: [],
  };
}

function runDetails(run: StoredResource, workspace: StoredResource, world: World): Answer {
  const name = `ExperimentRun/dcid.${run.name}/${stdLog}`;
  const written = logOf(world, run).length > 0 && workspace.properties['storageAccount'];
  const address = (): string =>
    signedAddress(world, workspace, { name, permission: 'r', run: run.name });
  const logFiles = written ? { [stdLog]: address() } : {};
  const body = { ...runBody(run, workspace, world), logFiles, runDefinition: definitionOf(run) };
  return { status: 200, body };
}

/** The environment by name and version is what InnerEye asserts before it tags its model. */
function definitionOf(run: StoredResource): object {
  const parts = (text(run.properties, 'environmentId') ?? '').split('/');
  return {
    environment: { name: parts.at(-3), version: parts.at(-1) },
    target: (text(run.properties, 'computeId') ?? '').split('/').at(-1),
  };
}

/** PATCH of a run: tags and properties are added to those that are there. */
function patchRun(run: StoredResource, asked: unknown): void {
  for (const name of ['tags', 'properties']) {
    const more = fields(asObject(asked)[name]);
    run.properties[name] = { ...fields(run.properties[name]), ...more };
  }
  const displayName = text(asked, 'displayName') ?? text(asked, 'name');
  if (displayName !== undefined) run.properties['displayName'] = displayName;
}

function changeRun(call: Call, world: World): Answer | Promise<Answer> {
  const change = (run: StoredResource, workspace: StoredResource): Answer => {
    patchRun(run, call.body);
    return { status: 200, body: runBody(run, workspace, world) };
  };
  return withRun(call, world, change, 'experiments/runs/write');
}

/** Several runs in one request; azureml-core sends its tags so. */
function changeRuns(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'experiments/runs/write', (workspace) => {
    const changed: Record<string, object> = {};
    for (const asked of asObjects(asObject(call.body)['runs'])) {
      const run = world.resources.get(`${workspace.id}/jobs/${text(asked, 'runId') ?? ''}`);
      if (run === undefined) continue;
      patchRun(run, asked);
      changed[run.name] = runBody(run, workspace, world);
    }
    return { status: 200, body: { runs: changed, errors: {} } };
  });
}

async function freshToken(run: StoredResource, world: World): Promise<Answer> {
  const { token, expiresAt } = await runToken(world, run);
  const expiryTimeUtc = new Date(expiresAt * 1000).toISOString();
  return { status: 200, body: { token, expiryTimeUtc } };
}

function experimentBody(workspace: StoredResource, name: string): object {
  return { experimentId: experimentId(workspace, name), name, description: null, tags: {} };
}

/** An experiment that a job has, or that was made by name. */
function readExperiment(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'experiments/read', (workspace) => {
    const { experiment, id } = call.params;
    const known = world.resources
      .below(workspace.id)
      .filter((one) => one.type === jobType)
      .map((one) => text(one.properties, 'experimentName') ?? '');
    const made = madeExperiments(world);
    const name = [...known, ...made].find(
      (one) => one === experiment || experimentId(workspace, one) === id,
    );
    if (name !== undefined) return { status: 200, body: experimentBody(workspace, name) };
    return refusal(404, 'UserError', `Experiment ${experiment ?? id ?? ''} was not found.`);
  });
}

/** Names of experiments that exist without a job. */
const madeExperiments = (world: World): Set<string> =>
  keptIn(world, 'experiments', () => new Set());

function makeExperiment(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'experiments/write', (workspace) => {
    madeExperiments(world).add(call.params['experiment'] ?? '');
    return { status: 200, body: experimentBody(workspace, call.params['experiment'] ?? '') };
  });
}

const history = `/history/v1.0/${workspacePath}`;

/** Run history names a run in three ways. */
const runs = ['', '/experiments/{experiment}', '/experimentids/{id}'].map(
  (experiment) => `${history}${experiment}/runs/{run}`,
);

const perRun: readonly Operation[] = runs.flatMap((run) => [
  {
    ...ownHost,
    route: `GET ${run}`,
    answer: (call: Call, world: World) =>
      withRun(call, world, (found, workspace) => ({
        status: 200,
        body: runBody(found, workspace, world),
      })),
  },
  { ...ownHost, route: `PATCH ${run}`, answer: changeRun },
  {
    ...ownHost,
    route: `GET ${run}/details`,
    answer: (call: Call, world: World) =>
      withRun(call, world, (found, workspace) => runDetails(found, workspace, world)),
  },
  {
    ...ownHost,
    route: `GET ${run}/token`,
    answer: (call: Call, world: World) => withRun(call, world, (found) => freshToken(found, world)),
  },
]);

/** Run history: runs with their tags, logs and errors, and the experiments that they belong to. */
export const runHistory: readonly Operation[] = [
  ...perRun,
  { ...ownHost, route: `PATCH ${history}/experiments/{experiment}/batch/runs`, answer: changeRuns },
  ...[`${history}/experiments/{experiment}`, `${history}/experimentids/{id}`].map(
    (path): Operation => ({ ...ownHost, route: `GET ${path}`, answer: readExperiment }),
  ),
  { ...ownHost, route: `POST ${history}/experiments/{experiment}`, answer: makeExperiment },
];
