import { text } from '../../inside/json-fields.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { gate, ownHost, refusal, workspacePath } from './gate.ts';

/**
 * An environment as SDK v1 reads it (azureml-core, Environment): of what ARM keeps, its image, and
 * that nothing is to be built upon it. What Azure fills in for an environment that was made by ARM
 * is not known.
 */
function readEnvironment(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'environments/read', (workspace) => {
    const { environment: name = '', version = '' } = call.params;
    const found = world.resources.get(`${workspace.id}/environments/${name}/versions/${version}`);
    if (found === undefined) {
      return refusal(404, 'UserError', `No definition exists for environment ${name}.`);
    }
    const image = text(found.properties, 'image') ?? null;
    const python = { interpreterPath: 'python', userManagedDependencies: true };
    const docker = { baseImage: image, baseDockerfile: null, enabled: true };
    const body = { name, version, environmentVariables: {}, python, docker, spark: {} };
    return { status: 200, body };
  });
}

/** Environments, as SDK v1 asks for them. */
export const environmentsV1: readonly Operation[] = [
  {
    ...ownHost,
    route: `GET /environment/v1.0/${workspacePath}/environments/{environment}/versions/{version}`,
    simplified: 'name, version and image',
    answer: readEnvironment,
  },
];
