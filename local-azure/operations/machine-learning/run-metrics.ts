import { randomUUID } from 'node:crypto';
import { asObject, asObjects } from '../../arm/json.ts';
import { text } from '../../inside/json-fields.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { keptIn } from '../../world.ts';
import { ownHost, refusal, withRun, workspacePath } from './gate.ts';

/** A metric of a run with all its values, as it was sent (azureml-core, MetricV2Dto). */
interface Metric {
  readonly name: string;
  readonly columns: unknown;
  readonly properties: unknown;
  readonly value: unknown[];
}

function metricsOf(world: World, run: StoredResource): Map<string, Metric> {
  const all = allMetrics(world);
  const known = all.get(run.id.toLowerCase()) ?? new Map<string, Metric>();
  all.set(run.id.toLowerCase(), known);
  return known;
}

function allMetrics(world: World): Map<string, Map<string, Metric>> {
  return keptIn(world, 'runMetrics', () => new Map<string, Map<string, Metric>>());
}

function addMetrics(call: Call, world: World): Answer | Promise<Answer> {
  const add = (run: StoredResource): Answer => {
    const known = metricsOf(world, run);
    for (const sent of asObjects(asObject(call.body)['values'])) {
      const name = text(sent, 'name') ?? '';
      const { columns, properties } = sent;
      const metric = known.get(name) ?? { name, columns, properties, value: [] };
      const createdUtc = new Date(world.clock.now()).toISOString();
      const values = asObjects(sent['value']);
      metric.value.push(...values.map((one) => ({ createdUtc, ...one, metricId: randomUUID() })));
      known.set(name, metric);
    }
    return { status: 200, body: { errors: [] } };
  };
  return withRun(call, world, add, 'experiments/runs/write');
}

function listMetrics(call: Call, world: World): Answer | Promise<Answer> {
  return withRun(call, world, (run) => {
    const value = [...metricsOf(world, run).values()].map(({ name, columns }) => ({
      metricKey: { runId: run.name, dataContainerId: `dcid.${run.name}`, name },
      columns,
    }));
    return { status: 200, body: { value, continuationToken: null } };
  });
}

function wholeMetric(call: Call, world: World): Answer | Promise<Answer> {
  return withRun(call, world, (run) => {
    const metric = metricsOf(world, run).get(text(call.body, 'metricName') ?? '');
    if (metric === undefined) return refusal(404, 'UserError', 'The metric was not found.');
    const dataContainerId = `dcid.${run.name}`;
    return { status: 200, body: { dataContainerId, ...metric, continuationToken: null } };
  });
}

const ingest = `/history/v1.0/${workspacePath}/experiments/{experiment}/runs/{run}/metricsingest/wait`;
const run = `/metric/v2.0/${workspacePath}/runs/{run}`;

/** Metrics that a run logs: kept as they were sent, and given back whole. */
export const runMetrics: readonly Operation[] = [
  { ...ownHost, route: `POST ${run}/batch`, answer: addMetrics },
  { ...ownHost, route: `POST ${run}/list`, answer: listMetrics },
  { ...ownHost, route: `POST ${run}/full`, answer: wholeMetric },
  {
    ...ownHost,
    route: `GET ${ingest}`,
    simplified: 'metrics are there as soon as they are taken',
    answer: (call, world) => withRun(call, world, () => ({ status: 200 })),
  },
];
