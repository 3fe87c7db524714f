import type { Operation } from '../../local-azure/operation.ts';
import { workspaceGuid } from '../../__tests__/local-azure/inside/closed-network.ts';

/**
 * What azureml-core asks of a workspace's own services in a form that Local Azure does not give yet:
 * a discovery without a token that names every service, and a model that is not there with the
 * error fields by which the SDK knows it. The shapes are those the SDK (1.61) reads.
 */
const host = '*.workspace.*.api.azureml.ms';
const hostExists = (name: string): boolean => name.startsWith(workspaceGuid);
const base = `https://${workspaceGuid}.workspace.westeurope.api.azureml.ms`;
const services = ['api', 'experimentation', 'history', 'hyperdrive', 'modelmanagement', 'studio'];

export const workspaceAnswers: readonly Operation[] = [
  {
    host,
    hostExists,
    route: 'GET /discovery',
    answer: () => ({ status: 200, body: Object.fromEntries(services.map((name) => [name, base])) }),
  },
  {
    host,
    hostExists,
    route:
      'GET /modelmanagement/v1.0/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}/models/{model}',
    answer: ({ params }) => ({
      status: 404,
      body: {
        ...{ code: 'ModelNotFound', statusCode: 404, details: [], correlation: {} },
        message: `Model with id ${params['model'] ?? ''} was not found.`,
      },
    }),
  },
];
