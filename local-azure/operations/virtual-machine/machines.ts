import { randomUUID } from 'node:crypto';
import { ArmError, badRequest, conflict } from '../../arm/errors.ts';
import { groupIdOf } from '../../arm/ids.ts';
import { asObject, asObjects, asText, at, textAt } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { pathOf, resourceRoutes } from '../../arm/place.ts';
import { read } from '../../arm/read.ts';
import { referrersOf } from '../../arm/references.ts';
import { removeTree } from '../../arm/remove.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { make } from '../../arm/write.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { hasFeature } from '../resources/features.ts';
import { instanceView } from '../run-command/power.ts';
import { firstAccount, passwordProblem } from './accounts.ts';

const MACHINES = 'Microsoft.Compute/virtualMachines';
const DISKS = 'Microsoft.Compute/disks';

const machines: ResourceType = {
  type: MACHINES,
  located: true,
  verbs: ['list', 'put', 'patch', 'delete'],
  creates: 201,
  deletes: 202,
  seconds: { create: 90, update: 30, delete: 60 },
  secrets: ['osProfile.adminPassword', 'osProfile.customData'],
  once: {
    vmId: () => randomUUID(),
    timeCreated: ({ world }) => new Date(world.clock.now()).toISOString(),
  },
  check: checkMachine,
  derive: deriveMachine,
  removed: (machine, world) => {
    const disk = asObject(at(machine.properties, 'storageProfile.osDisk'));
    const id = asText(at(disk, 'managedDisk.id')) ?? '';
    const stored = world.resources.get(id);
    if (stored === undefined) return;
    delete stored['managedBy'];
    stored.properties['diskState'] = 'Unattached';
    if (disk['deleteOption'] === 'Delete') removeTree(world, id);
  },
  simplified: 'no machine runs; data disks are not simulated',
};

const disks: ResourceType = {
  type: DISKS,
  located: true,
  creates: 200,
  deletes: 202,
  seconds: { create: 5, delete: 5 },
  once: { uniqueId: () => randomUUID() },
  inUse: (disk) =>
    disk['managedBy'] === undefined
      ? undefined
      : conflict(
          'OperationNotAllowed',
          `Disk ${disk.name} is attached to VM ${textAt(disk, 'managedBy')}.`,
        ),
};

const schedules: ResourceType = {
  type: 'Microsoft.DevTestLab/schedules',
  located: true,
  creates: 201,
  deletes: 200,
  once: {
    uniqueIdentifier: () => randomUUID(),
    createdDate: ({ world }) => new Date(world.clock.now()).toISOString(),
  },
  defaults: { status: 'Enabled', taskType: 'ComputeVmShutdownTask' },
  simplified: 'stored, never carried out',
};

export const machineTypes: readonly ResourceType[] = [machines, disks, schedules];

export const machineOperations: readonly Operation[] = resourceRoutes(machines).map((route) =>
  armOperation({ route: `GET ${route}`, needs: `${MACHINES}/read`, answer: get }),
);

/** `$expand=instanceView` adds the power state. */
async function get(call: Call, world: World): Promise<Answer> {
  const answer = await read(world, pathOf(call));
  const machine = world.resources.get(pathOf(call));
  if (machine === undefined || !/instanceView/i.test(call.query.get('$expand') ?? ''))
    return answer;
  const body = asObject(answer.body);
  const properties = { ...asObject(body['properties']), instanceView: instanceView(machine) };
  return { ...answer, body: { ...body, properties } };
}

function checkMachine({ world, id, draft, existing }: Write): void {
  const size = asText(at(draft.properties, 'hardwareProfile.vmSize')) ?? '';
  if (!/^Standard_[A-Z]+\d/i.test(size)) {
    throw badRequest(
      'InvalidParameter',
      `The value ${size} provided for the VM size is not valid.`,
    );
  }
  checkEncryption(world, draft);
  for (const card of asObjects(at(draft.properties, 'networkProfile.networkInterfaces'))) {
    const cardId = asText(card['id']) ?? '';
    if (world.resources.get(cardId) === undefined) {
      throw new ArmError(
        404,
        'NotFound',
        `Resource ${cardId} referenced by resource ${id} was not found.`,
      );
    }
    const holder = referrersOf(world, cardId, [MACHINES]).find((other) => other.id !== id);
    if (holder !== undefined) {
      throw badRequest(
        'NicInUse',
        `Network Interface ${cardId} is used by existing resource ${holder.id}.`,
      );
    }
  }
  checkPassword(draft, existing);
}

function checkEncryption(world: World, draft: StoredResource): void {
  const asked = at(draft.properties, 'securityProfile.encryptionAtHost') === true;
  if (!asked || hasFeature(world, 'Microsoft.Compute/EncryptionAtHost')) return;
  throw badRequest(
    'InvalidParameter',
    "The property 'securityProfile.encryptionAtHost' is not valid because the " +
      "'Microsoft.Compute/EncryptionAtHost' feature is not enabled for this subscription.",
  );
}

/** A password is taken at creation, and never again. */
function checkPassword(draft: StoredResource, existing: StoredResource | undefined): void {
  const password = asText(draft.hidden?.['osProfile.adminPassword']);
  const windows = at(draft.properties, 'osProfile.windowsConfiguration') !== undefined;
  if (existing !== undefined) {
    if (password === existing.hidden?.['osProfile.adminPassword']) return;
    throw conflict(
      'PropertyChangeNotAllowed',
      "Changing property 'osProfile.adminPassword' is not allowed.",
    );
  }
  if (password === undefined && !windows) return;
  const problem = passwordProblem(password ?? '');
  if (problem !== undefined) throw badRequest('InvalidParameter', problem);
}

function deriveMachine({ world, draft, existing }: Write): void {
  const { properties } = draft;
  firstAccount(draft, existing);
  // Capabilities that are all off are not returned; the real provider counts on that.
  if (Object.keys(asObject(draft.properties['additionalCapabilities'])).length === 0) {
    delete draft.properties['additionalCapabilities'];
  }
  // PUT echoes what an earlier GET may have added.
  delete properties['instanceView'];
  const profile = asObject(properties['osProfile']);
  if (Object.keys(profile).length > 0) {
    properties['osProfile'] = {
      requireGuestProvisionSignal: true,
      allowExtensionOperations: true,
      secrets: [],
      ...profile,
    };
  }
  const storage = asObject(properties['storageProfile']);
  const before = asObject(at(existing?.properties, 'storageProfile.osDisk'));
  const osType = profile['windowsConfiguration'] === undefined ? 'Linux' : 'Windows';
  const osDisk: Json = {
    name: `${draft.name}_OsDisk_1_${randomUUID().replaceAll('-', '')}`,
    diskSizeGB: osType === 'Windows' ? 127 : 30,
    caching: 'None',
    createOption: 'FromImage',
    deleteOption: 'Detach',
    ...before,
    ...asObject(storage['osDisk']),
    osType,
  };
  osDisk['managedDisk'] = managedDisk(world, draft, osDisk);
  properties['storageProfile'] = { dataDisks: [], diskControllerType: 'SCSI', ...storage, osDisk };
}

function managedDisk(world: World, machine: StoredResource, osDisk: Json): Json {
  const name = String(osDisk['name']);
  const id = `${groupIdOf(machine.id) ?? ''}/providers/${DISKS}/${name}`;
  const sku = asText(at(osDisk, 'managedDisk.storageAccountType')) ?? 'Standard_LRS';
  if (world.resources.get(id) === undefined) {
    make(world, {
      id,
      name,
      type: DISKS,
      location: machine.location ?? '',
      managedBy: machine.id,
      sku: { name: sku, tier: sku.split('_')[0] },
      properties: {
        provisioningState: 'Succeeded',
        diskState: 'Attached',
        osType: osDisk['osType'],
        diskSizeGB: osDisk['diskSizeGB'],
        creationData: { createOption: 'FromImage' },
        uniqueId: randomUUID(),
      },
    });
  }
  return { ...asObject(osDisk['managedDisk']), storageAccountType: sku, id };
}
