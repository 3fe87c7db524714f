import { badRequest, conflict } from '../../arm/errors.ts';
import { nameOf, parentOf } from '../../arm/ids.ts';
import { missing, pathOf } from '../../arm/place.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { make, put } from '../../arm/write.ts';
import { text } from '../../inside/json-fields.ts';
import type { Answer, Call } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';

export const workspaceType = 'Microsoft.MachineLearningServices/workspaces';

/** A kind of asset: a container with a name, and versions below it. */
export interface AssetKind {
  readonly name: string;
  /** Properties that no second PUT of a version may change. */
  readonly fixed: readonly string[];
  /** The property that a version cannot do without; one of them is enough. */
  readonly needs: readonly string[];
}

export const assetKinds: readonly AssetKind[] = [
  { name: 'environments', fixed: ['image', 'condaFile', 'build'], needs: ['image', 'build'] },
  { name: 'codes', fixed: ['codeUri'], needs: ['codeUri'] },
  { name: 'data', fixed: ['dataUri', 'dataType'], needs: ['dataUri'] },
  { name: 'models', fixed: ['modelUri', 'modelType'], needs: ['modelUri'] },
];

/** The ARM type of a kind's containers. */
export function containerType(kind: AssetKind): ResourceType {
  const type = `${workspaceType}/${kind.name}`;
  return {
    type,
    creates: 201,
    stateful: false,
    view: (container, world) => {
      const versions = versionNumbers(world, container);
      const latest = versions.at(-1);
      return {
        isArchived: false,
        ...(latest === undefined ? {} : { latestVersion: String(latest) }),
        nextVersion: String((latest ?? 0) + 1),
      };
    },
  };
}

function versionNumbers(world: World, container: StoredResource): readonly number[] {
  return world.resources
    .below(container.id)
    .map((version) => Number(version.name))
    .filter(Number.isInteger)
    .sort((one, other) => one - other);
}

/** The ARM type of a kind's versions. */
export function versionType(kind: AssetKind): ResourceType {
  return {
    type: `${workspaceType}/${kind.name}/versions`,
    verbs: ['get', 'list', 'delete'],
    creates: 201,
    deletes: 200,
    defaults: { isArchived: false, isAnonymous: false, tags: {}, properties: {} },
    check: (write) => checkVersion(kind, write),
  };
}

function checkVersion(kind: AssetKind, { draft, existing }: Write): void {
  const found = kind.needs.find((name) => draft.properties[name] !== undefined);
  if (found === undefined) {
    throw badRequest('ValidationError', `One of ${kind.needs.join(', ')} is needed.`);
  }
  if (existing === undefined) return;
  const changed = kind.fixed.find(
    (name) => JSON.stringify(draft.properties[name]) !== JSON.stringify(existing.properties[name]),
  );
  if (changed === undefined) return;
  throw conflict(
    'UserError',
    `The version exists already, and ${changed} of a version cannot be changed: make a new version.`,
  );
}

/** Answers PUT of a version; its container is made with the first. */
export function putVersion(kind: AssetKind, type: ResourceType, call: Call, world: World): Answer {
  const containerPath = parentOf(pathOf(call)) ?? '';
  const workspace = world.resources.get(parentOf(containerPath) ?? '');
  if (workspace === undefined) throw missing(parentOf(containerPath) ?? '');
  if (world.resources.get(containerPath) === undefined) {
    makeContainer(world, workspace, kind, nameOf(containerPath));
  }
  return put(type, call, world);
}

function makeContainer(
  world: World,
  workspace: StoredResource,
  kind: AssetKind,
  name: string,
): StoredResource {
  const id = `${workspace.id}/${kind.name}/${name}`;
  return make(world, { id, name, type: `${workspaceType}/${kind.name}`, properties: { tags: {} } });
}

/** Registers the next version of a model, as a run does it; gives `name:version`. */
export function registerModel(
  world: World,
  workspace: StoredResource,
  model: { readonly name: string; readonly properties: Readonly<Record<string, unknown>> },
): string {
  const kind = assetKinds.find(({ name }) => name === 'models');
  const id = `${workspace.id}/models/${model.name}`;
  const container =
    world.resources.get(id) ?? (kind && makeContainer(world, workspace, kind, model.name));
  const latest = container === undefined ? 0 : (versionNumbers(world, container).at(-1) ?? 0);
  const version = String(latest + 1);
  make(world, {
    id: `${id}/versions/${version}`,
    name: version,
    type: `${workspaceType}/models/versions`,
    properties: { isArchived: false, provisioningState: 'Succeeded', ...model.properties },
  });
  return `${model.name}:${version}`;
}

/** AML's datastores. */
export const datastores: ResourceType = {
  type: `${workspaceType}/datastores`,
  verbs: ['get', 'list', 'delete'],
  creates: 201,
  deletes: 200,
  stateful: false,
  defaults: { isDefault: false, tags: {}, properties: {} },
  secrets: ['credentials.secrets'],
  check: ({ draft }) => {
    if (text(draft.properties, 'credentials', 'credentialsType') === undefined) {
      throw badRequest('ValidationError', 'The credentials of a datastore need a credentialsType.');
    }
  },
};

/**
 * Answers PUT of a datastore: without `skipValidation` AML tries the account, from outside its network.
 * Whether it does so for every kind of credentials is not documented; `datastoresUntried` in the world's
 * data switches it off.
 */
export function putDatastore(call: Call, world: World): Answer {
  const account = text(call.body, 'properties', 'accountName');
  const stored = world.resources
    .ofType('Microsoft.Storage/storageAccounts')
    .find((one) => one.name.toLowerCase() === account?.toLowerCase());
  const closed = text(stored?.properties, 'publicNetworkAccess') === 'Disabled';
  const tried = call.query.get('skipValidation') !== 'true' && !world.data.has('datastoresUntried');
  if (tried && (stored === undefined || closed)) {
    throw badRequest('ValidationError', `The storage account ${account ?? ''} cannot be reached.`);
  }
  return put(datastores, call, world);
}

/** Answers `listSecrets`: what the credentials hide. */
export function datastoreSecrets(call: Call, world: World): Answer {
  const id = pathOf(call).replace(/\/listSecrets$/i, '');
  const datastore = world.resources.get(id);
  if (datastore === undefined) throw missing(id);
  const secrets = datastore.hidden?.['credentials.secrets'];
  if (secrets === undefined) {
    throw badRequest('UserError', `The datastore ${datastore.name} has no stored credentials.`);
  }
  return { status: 200, body: secrets };
}
