import { asObject } from '../../arm/json.ts';
import { shown } from '../../arm/read.ts';
import { fields, number, text, texts } from '../../inside/json-fields.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { gate, ownHost, refusal, workspacePath } from './gate.ts';
import { submitJob } from './jobs.ts';

/** A word of a shell's command line that means itself. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * Submits a run of SDK v1: a script with arguments, in the folder of a snapshot, on a cluster
 * (azureml-core, `_start_internal` and RunConfiguration).
 */
function snapshotRun(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'experiments/runs/submit/action', (workspace) => {
    const body = asObject(call.body);
    const run = fields(body['Configuration']);
    const environment = fields(run['environment']);
    const [name, version] = [text(environment, 'name') ?? '', text(environment, 'version') ?? ''];
    const environmentId = `${workspace.id}/environments/${name}/versions/${version}`;
    const computeId = `${workspace.id}/computes/${text(run, 'target') ?? ''}`;
    for (const id of [environmentId, computeId]) {
      if (world.resources.get(id) === undefined) {
        return refusal(400, 'UserError', `${id} was not found.`);
      }
    }
    const runId = call.query.get('runId') ?? '';
    const limit = number(run, 0, 'maxRunDurationSeconds');
    submitJob(world, workspace, runId, {
      jobType: 'Command',
      experimentName: call.params['experiment'] ?? '',
      displayName: runId,
      computeId,
      environmentId,
      command: ['python', text(run, 'script') ?? '', ...texts(run, 'arguments')]
        .map(quoted)
        .join(' '),
      environmentVariables: fields(environment['environmentVariables']),
      ...(limit > 0 ? { limits: { jobLimitsType: 'Command', timeout: `PT${limit}S` } } : {}),
      properties: { ContentSnapshotId: text(body, 'SnapshotId') ?? '' },
    });
    return { status: 200, body: { runId } };
  });
}

/** A compute, as ARM shows it, at the workspace's own host. */
function readCompute(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'computes/read', (workspace) => {
    const name = call.params['compute'] ?? '';
    const compute = world.resources.get(`${workspace.id}/computes/${name}`);
    return compute === undefined
      ? refusal(404, 'ComputeNotFound', `The compute ${name} was not found.`)
      : { status: 200, body: shown(compute, world) };
  });
}

/** Submission of a run by SDK v1, and the look at the cluster that goes before it. */
export const snapshotRuns: readonly Operation[] = [
  {
    ...ownHost,
    route: `POST /execution/v1.0/${workspacePath}/experiments/{experiment}/snapshotrun`,
    simplified:
      'scripts with arguments; really run where a runtime is prepared, else they fail and say so',
    answer: snapshotRun,
  },
  {
    ...ownHost,
    route: `GET /rp/workspaces/${workspacePath}/computes/{compute}`,
    answer: readCompute,
  },
];
