import { ArmError, badRequest, conflict } from '../../arm/errors.ts';
import { asObject, asText, at, textAt } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { parentOf } from '../../arm/ids.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import type { StoredResource, World } from '../../world.ts';
import { powerOf } from '../run-command/power.ts';
import { passwordProblem, setPassword } from './accounts.ts';

const TYPE = 'Microsoft.Compute/virtualMachines/extensions';

/** Handlers that do something here, and the oldest version that Azure still gives out. */
const handlers: Readonly<Record<string, string>> = { 'microsoft.compute/vmaccessagent': '2.4' };

/** Extensions of machines; the agent that resets a Windows password really does. */
export const extensionType: ResourceType = {
  type: TYPE,
  located: true,
  creates: 201,
  deletes: 202,
  seconds: { create: 40, update: 40, delete: 20 },
  secrets: ['protectedSettings'],
  check: checkExtension,
  derive: ({ draft }) => {
    draft.properties['autoUpgradeMinorVersion'] ??= false;
  },
  settled: (extension, world) => enable(extension, world),
  simplified:
    'only VMAccessAgent (Windows) does something: it sets a password; a failure is a failed PUT',
};

function machineOf(world: World, id: string): StoredResource | undefined {
  return world.resources.get(parentOf(id) ?? '');
}

function handlerOf(properties: Json): string {
  return `${textAt(properties, 'publisher')}/${textAt(properties, 'type')}`.toLowerCase();
}

function checkExtension({ world, id, draft, existing }: Write): void {
  const machine = machineOf(world, id);
  if (machine !== undefined && powerOf(machine) !== 'running') {
    // learn.microsoft.com, "Azure virtual machine extension error messages": the code and this text.
    throw conflict(
      'OperationNotAllowed',
      'Cannot modify extensions in the VM when the VM is not running.',
    );
  }
  checkVersion(draft.properties);
  const handler = handlerOf(draft.properties);
  const twin = world.resources
    .below(parentOf(id) ?? '')
    .some(
      (other) =>
        other.type === TYPE &&
        other.id !== (existing?.id ?? id) &&
        handlerOf(other.properties) === handler,
    );
  if (twin) {
    const name = `${textAt(draft.properties, 'publisher')}.${textAt(draft.properties, 'type')}`;
    throw badRequest(
      'BadRequest',
      `Multiple VMExtensions per handler not supported for OS type 'Windows'. VMExtension with handler '${name}' already added or specified in input.`,
    );
  }
  checkAccess(draft);
}

function checkVersion(properties: Json): void {
  const [publisher, type] = [textAt(properties, 'publisher'), textAt(properties, 'type')];
  const wanted = textAt(properties, 'typeHandlerVersion');
  const oldest = handlers[handlerOf(properties)];
  const upgrades = properties['autoUpgradeMinorVersion'] === true;
  const [major] = (oldest ?? '').split('.');
  if (oldest !== undefined && (wanted === oldest || (upgrades && wanted.startsWith(`${major}.`)))) {
    return;
  }
  throw new ArmError(
    404,
    'ArtifactVersionNotFound',
    `No version found in the artifact repository that satisfies the requested version '${wanted}' for VM extension with publisher '${publisher}' and type '${type}'.`,
  );
}

/** Windows itself refuses a weak password; here the request does, at once. */
function checkAccess({ properties, hidden }: StoredResource): void {
  const password = asText(asObject(hidden?.['protectedSettings'])['Password']);
  if (password === undefined) return;
  const problem = passwordProblem(password);
  if (problem !== undefined) throw badRequest('VMExtensionProvisioningError', problem);
  if (asText(at(properties, 'settings.UserName')) === undefined) {
    throw badRequest('VMExtensionProvisioningError', 'VMAccess needs settings.UserName.');
  }
}

/** The names of both settings are taken to the letter, as the agent does. */
function enable(extension: StoredResource, world: World): void {
  const machine = machineOf(world, extension.id);
  const user = asText(at(extension.properties, 'settings.UserName'));
  const password = asText(asObject(extension.hidden?.['protectedSettings'])['Password']);
  if (machine === undefined || user === undefined || password === undefined) return;
  setPassword(machine, user, password);
}
