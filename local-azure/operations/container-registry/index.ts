import { badRequest, conflict } from '../../arm/errors.ts';
import { isTaken } from '../../arm/global-names.ts';
import { textAt } from '../../arm/json.ts';
import { armOperation } from '../../arm/operation.ts';
import { missing, pathOf } from '../../arm/place.ts';
import { connectionsOf } from '../../arm/private-link.ts';
import { resourceOperations } from '../../arm/resource-operations.ts';
import type { ResourceType, Write } from '../../arm/resource-type.ts';
import { secretKey } from '../../canary.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';

const REGISTRIES = 'Microsoft.ContainerRegistry/registries';
const PROVIDER = '/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry';
const ONE = `/subscriptions/{subscription}/resourceGroups/{group}/providers/${REGISTRIES}/{registry}`;
const NAME_PATTERN = /^[a-zA-Z0-9]{5,50}$/;

const registries: ResourceType = {
  type: REGISTRIES,
  located: true,
  creates: 201,
  deletes: 202,
  seconds: { create: 20, update: 5, delete: 10 },
  defaults: {
    adminUserEnabled: false,
    anonymousPullEnabled: false,
    dataEndpointEnabled: false,
    encryption: { status: 'disabled' },
    networkRuleBypassOptions: 'AzureServices',
    publicNetworkAccess: 'Enabled',
    zoneRedundancy: 'Disabled',
    policies: {
      quarantinePolicy: { status: 'disabled' },
      trustPolicy: { type: 'Notary', status: 'disabled' },
      retentionPolicy: { days: 7, status: 'disabled' },
      exportPolicy: { status: 'enabled' },
      azureADAuthenticationAsArmPolicy: { status: 'enabled' },
      softDeletePolicy: { retentionDays: 7, status: 'disabled' },
    },
  },
  once: {
    creationDate: ({ world }) => new Date(world.clock.now()).toISOString(),
    loginServer: ({ draft }) => `${draft.name.toLowerCase()}.azurecr.io`,
    dataEndpointHostNames: () => [],
  },
  check: checkRegistry,
  view: (registry, world) => ({ privateEndpointConnections: connectionsOf(world, registry) }),
};

/** Microsoft.ContainerRegistry: registries as ARM sees them. */
export const operations: readonly Operation[] = [
  ...resourceOperations([
    registries,
    { type: `${REGISTRIES}/replications`, located: true, creates: 201, seconds: { create: 20 } },
  ]),
  armOperation({
    route: `POST ${PROVIDER}/checkNameAvailability`,
    needs: 'Microsoft.ContainerRegistry/checkNameAvailability/read',
    answer: checkName,
  }),
  armOperation({
    route: `POST ${ONE}/listCredentials`,
    needs: `${REGISTRIES}/listCredentials/action`,
    answer: listCredentials,
  }),
];

function checkRegistry({ world, id, draft }: Write): void {
  if (!NAME_PATTERN.test(draft.name)) {
    throw badRequest(
      'InvalidResourceName',
      `The registry name '${draft.name}' is invalid: it must be 5 to 50 alphanumeric characters.`,
    );
  }
  if (isTaken(world, REGISTRIES, draft.name, id)) {
    throw conflict(
      'AlreadyInUse',
      `The registry DNS name ${draft.name.toLowerCase()}.azurecr.io is already in use. You can check ` +
        'if the name is already claimed using following API: ' +
        'https://docs.microsoft.com/en-us/rest/api/containerregistry/registries/checknameavailability',
    );
  }
  const sku = textAt(draft.sku, 'name', 'Basic');
  draft.sku = { name: sku, tier: sku };
  if (sku !== 'Premium' && draft.properties['publicNetworkAccess'] === 'Disabled') {
    throw badRequest(
      'PublicNetworkAccessNotSupported',
      `Disabling public network access is not supported for the SKU ${sku}. It needs Premium.`,
    );
  }
}

function checkName(call: Call, world: World): Answer {
  const name = textAt(call.body, 'name');
  if (!isTaken(world, REGISTRIES, name)) return { status: 200, body: { nameAvailable: true } };
  const message = `The registry ${name} is already in use.`;
  return { status: 200, body: { nameAvailable: false, reason: 'AlreadyExists', message } };
}

function listCredentials(call: Call, world: World): Answer {
  const id = pathOf(call).replace(/\/listCredentials$/i, '');
  const registry = world.resources.get(id);
  if (registry === undefined) throw missing(id);
  if (registry.properties['adminUserEnabled'] !== true) {
    throw badRequest(
      'UnAuthorizedForCredentialOperations',
      `Cannot perform credential operations for ${id} as admin user is disabled. Kindly enable admin user as per docs.`,
    );
  }
  const password = textAt(registry.hidden, 'password', secretKey(39));
  registry.hidden = { ...registry.hidden, password };
  const body = { username: registry.name, passwords: [{ name: 'password', value: password }] };
  return { status: 200, body };
}
