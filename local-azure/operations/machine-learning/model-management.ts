import { randomUUID } from 'node:crypto';
import { asObject, asObjects } from '../../arm/json.ts';
import { fields, text } from '../../inside/json-fields.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { registerModel } from './assets.ts';
import { gate, ownHost, refusal, workspacePath } from './gate.ts';

/** Assets of model management by id: where the files of a model lie among the artifacts. */
function assetsIn(world: World): Map<string, Readonly<Record<string, unknown>>> {
  const known = world.data.get('modelAssets');
  if (known !== undefined) return known as Map<string, Readonly<Record<string, unknown>>>;
  const made = new Map<string, Readonly<Record<string, unknown>>>();
  world.data.set('modelAssets', made);
  return made;
}

function makeAsset(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'models/write', () => {
    const createdTime = new Date(world.clock.now()).toISOString();
    const asset = { ...asObject(call.body), id: randomUUID().replaceAll('-', ''), createdTime };
    assetsIn(world).set(asset.id, asset);
    return { status: 200, body: asset };
  });
}

function readAsset(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'models/read', () => {
    const asset = assetsIn(world).get(call.params['asset'] ?? '');
    return asset === undefined
      ? refusal(404, 'AssetNotFound', 'The asset was not found.')
      : { status: 200, body: asset };
  });
}

/** A model as model management tells it (azureml-core, Model). */
function modelBody(model: StoredResource): object {
  const name = model.id.split('/').at(-3) ?? '';
  return {
    id: `${name}:${model.name}`,
    name,
    version: Number(model.name),
    // What SDK v1 registered has an asset behind it; what was played has none.
    url: model.hidden?.['url'] ?? model.properties['modelUri'],
    mimeType: 'application/json',
    unpack: false,
    runId: model.properties['jobName'] ?? null,
    experimentName: model.hidden?.['experimentName'] ?? null,
    kvTags: fields(model.properties['tags']),
    properties: fields(model.properties['properties']),
    description: model.properties['description'] ?? '',
    createdTime: model.hidden?.['createdTime'] ?? new Date(0).toISOString(),
    modifiedTime: model.hidden?.['createdTime'] ?? new Date(0).toISOString(),
    derivedModelIds: [],
    datasets: [],
  };
}

/** Registers the next version of a model, as azureml-core does from within a run. */
function newModel(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'models/write', (workspace) => {
    const asked = asObject(call.body);
    const runId = text(asked, 'runId');
    const id = registerModel(world, workspace, {
      name: text(asked, 'name') ?? '',
      properties: {
        modelType: 'custom_model',
        modelUri: uriOf(world, asked),
        ...(runId === undefined ? {} : { jobName: runId }),
        description: text(asked, 'description') ?? '',
        tags: fields(asked['kvTags']),
        properties: fields(asked['properties']),
      },
    });
    const model = modelOf(world, workspace, id);
    if (model === undefined) return noModel(id);
    model.hidden = {
      ...{ url: asked['url'], experimentName: asked['experimentName'] },
      createdTime: new Date(world.clock.now()).toISOString(),
    };
    return { status: 200, body: modelBody(model) };
  });
}

/** Where ARM says that the files lie; that it says so of what SDK v1 registered is from memory. */
function uriOf(world: World, asked: Readonly<Record<string, unknown>>): string {
  const asset = assetsIn(world).get((text(asked, 'url') ?? '').replace('aml://asset/', ''));
  const prefix = text(asObjects(asset?.['artifacts'])[0], 'prefix') ?? '';
  const [, run = '', path = ''] = /^ExperimentRun\/dcid\.([^/]+)\/(.*)$/.exec(prefix) ?? [];
  return `azureml://jobs/${run}/outputs/artifacts/paths/${path.replace(/\/*$/, '/')}`;
}

function modelOf(world: World, workspace: StoredResource, id: string): StoredResource | undefined {
  const [name = '', version = ''] = id.split(':');
  if (version === '') return undefined;
  return world.resources.get(`${workspace.id}/models/${name}/versions/${version}`);
}

function withModel(
  call: Call,
  world: World,
  action: string,
  answer: (model: StoredResource) => void,
): Answer | Promise<Answer> {
  return gate(call, world, action, (workspace) => {
    const id = call.params['model'] ?? '';
    const model = modelOf(world, workspace, id);
    if (model === undefined) return noModel(id);
    answer(model);
    return { status: 200, body: modelBody(model) };
  });
}

/** PATCH with JSON Patch; of its operations azureml-core sends `replace` of tags, properties, description. */
function patchModel(model: StoredResource, body: unknown): void {
  const names: Readonly<Record<string, string>> = {
    '/kvTags': 'tags',
    '/properties': 'properties',
    '/description': 'description',
  };
  for (const change of Array.isArray(body) ? body : []) {
    const name = names[text(change, 'path') ?? ''];
    if (name !== undefined) model.properties[name] = asObject(change)['value'];
  }
}

/** Models by name, the newest first; `latestVersionOnly` leaves one of each. */
function listModels(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, 'models/read', (workspace) => {
    const wanted = call.query.get('name');
    const value = world.resources
      .below(`${workspace.id}/models`)
      .filter((one) => /\/versions\/\d+$/.test(one.id))
      .filter((one) => wanted === null || one.id.split('/').at(-3) === wanted)
      .sort((one, other) => Number(other.name) - Number(one.name))
      .map(modelBody);
    return { status: 200, body: { value, nextLink: null } };
  });
}

/** The error fields by which azureml-core knows that a model is not there (its ModelErrorResponse). */
function noModel(id: string): Answer {
  const message = `Model with id ${id} was not found.`;
  const body = { code: 'ModelNotFound', statusCode: 404, message, details: [], correlation: {} };
  return { status: 404, body };
}

const management = `/modelmanagement/v1.0/${workspacePath}`;

/** Model management, as SDK v1 asks it. */
export const modelManagement: readonly Operation[] = [
  { ...ownHost, route: `POST ${management}/assets`, answer: makeAsset },
  { ...ownHost, route: `GET ${management}/assets/{asset}`, answer: readAsset },
  { ...ownHost, route: `POST ${management}/models`, answer: newModel },
  {
    ...ownHost,
    route: `GET ${management}/models`,
    simplified: 'by name only; every version on one page',
    answer: listModels,
  },
  {
    ...ownHost,
    route: `GET ${management}/models/{model}`,
    answer: (call, world) => withModel(call, world, 'models/read', () => undefined),
  },
  {
    ...ownHost,
    route: `PATCH ${management}/models/{model}`,
    simplified: 'replaces tags, properties and description',
    answer: (call, world) =>
      withModel(call, world, 'models/write', (model) => patchModel(model, call.body)),
  },
];
