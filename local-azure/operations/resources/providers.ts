import { versionsOf } from '../../arm/api-versions.ts';
import { ArmError } from '../../arm/errors.ts';
import { regions } from '../../arm/locations.ts';
import { begin } from '../../arm/long-running.ts';
import { armOperation } from '../../arm/operation.ts';
import { isOffered, namespaces, registrationOf, setRegistration } from '../../arm/providers.ts';
import { registeredTypes } from '../../arm/resource-type.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';

const LIST = '/subscriptions/{subscription}/providers';
const ONE = `${LIST}/{namespace}`;

/** Seconds until a namespace is registered. */
const REGISTER_SECONDS = 30;

export const providerOperations: readonly Operation[] = [
  armOperation({
    route: `GET ${LIST}`,
    needs: 'Microsoft.Resources/subscriptions/providers/read',
    answer: (_call, world) => ({
      status: 200,
      body: { value: namespaces.map((namespace) => providerOf(namespace, world)) },
    }),
  }),
  armOperation({
    route: `GET ${ONE}`,
    needs: 'Microsoft.Resources/subscriptions/providers/read',
    answer: (call, world) => ({ status: 200, body: providerOf(namespaceOf(call), world) }),
  }),
  armOperation({
    route: `POST ${ONE}/register`,
    needs: 'Microsoft.Resources/register/action',
    answer: register,
  }),
  armOperation({
    route: `POST ${ONE}/unregister`,
    needs: 'Microsoft.Resources/unregister/action',
    answer: unregister,
  }),
];

function register(call: Call, world: World): Answer {
  const namespace = namespaceOf(call);
  if (registrationOf(world, namespace) !== 'Registered') {
    setRegistration(world, namespace, 'Registering');
    begin(world, REGISTER_SECONDS, () => {
      setRegistration(world, namespace, 'Registered');
      return undefined;
    });
  }
  return { status: 200, body: providerOf(namespace, world) };
}

function unregister(call: Call, world: World): Answer {
  const namespace = namespaceOf(call);
  setRegistration(world, namespace, 'Unregistered');
  return { status: 200, body: providerOf(namespace, world) };
}

function namespaceOf(call: Call): string {
  const asked = call.params['namespace'] ?? '';
  const known = namespaces.find((namespace) => namespace.toLowerCase() === asked.toLowerCase());
  if (known === undefined) {
    throw new ArmError(
      404,
      'InvalidResourceNamespace',
      `The resource namespace '${asked}' is invalid.`,
    );
  }
  return known;
}

function providerOf(namespace: string, world: World): Record<string, unknown> {
  const types = registeredTypes()
    .map((type) => type.type)
    .filter((type) => type.startsWith(`${namespace}/`));
  return {
    id: `/subscriptions/${world.subscriptionId}/providers/${namespace}`,
    namespace,
    registrationPolicy: 'RegistrationRequired',
    registrationState: registrationOf(world, namespace),
    resourceTypes: types.map((type) => ({
      resourceType: type.slice(namespace.length + 1),
      locations: regions
        .filter((region) => isOffered(world, type, region.name))
        .map((region) => region.displayName),
      apiVersions: versionsOf(type),
      capabilities: 'SupportsTags, SupportsLocation',
    })),
  };
}
