import type { Answer, Call, Operation } from '../../operation.ts';
import { ownerOf, resolve } from '../../inside/names.ts';
import { attach, type Source } from '../../inside/source.ts';
import { text } from '../../inside/json-fields.ts';
import { appTokenAnswer } from './app-identity.ts';
import { grant, identityOf } from './managed-identity.ts';

const machineIdentity: Operation = {
  host: '169.254.169.254',
  route: 'GET /metadata/identity/oauth2/token',
  simplified: 'tokens only for what an identity of the machine itself asks; no caching of 24 hours',
  answer: async (call, world) => {
    const source = sourceIn(call);
    if (call.headers['metadata']?.toLowerCase() !== 'true' || call.headers['x-forwarded-for']) {
      return refusal('invalid_request', 'Required metadata header not specified');
    }
    const resource = call.query.get('resource');
    if (resource === null || resource === '') {
      return refusal('invalid_request', "Required query variable 'resource' is missing");
    }
    const found = source && identityOf(world, source.id, selection(call));
    if (found === undefined) return refusal('invalid_request', 'Identity not found');
    return { status: 200, body: await grant(world, found, resource, 'machine') };
  },
};

const machineFacts: Operation = {
  host: '169.254.169.254',
  route: 'GET /metadata/instance',
  simplified: 'name, location, resource id and private address only',
  answer: (call, world) => {
    if (call.headers['metadata']?.toLowerCase() !== 'true') {
      return refusal('Bad request. Required metadata header not specified', '');
    }
    const source = sourceIn(call);
    const machine = world.resources.get(source?.id ?? '');
    if (source === undefined || machine === undefined) return { status: 404, body: {} };
    const compute = {
      name: machine.name,
      location: machine.location,
      resourceId: machine.id,
      subscriptionId: world.subscriptionId,
      vmSize: text(machine.properties, 'hardwareProfile', 'vmSize'),
    };
    const address = { privateIpAddress: attach(world, source).address, publicIpAddress: '' };
    const network = { interface: [{ ipv4: { ipAddress: [address] } }] };
    return { status: 200, body: { compute, network } };
  },
};

const appIdentity: Operation = {
  host: '169.254.129.2',
  route: 'GET /msi/token',
  answer: async (call, world) => appTokenAnswer(call, world, sourceIn(call)),
};

/** Azure's resolver, in HTTP: what `getent` on a machine inside asks here. */
const resolver: Operation = {
  host: '168.63.129.16',
  route: 'GET /names/{name}',
  simplified: "Azure's resolver speaks DNS; here it is one GET for IPv4 addresses",
  answer: (call, world) => {
    const source = sourceIn(call);
    const name = call.params['name'] ?? '';
    const network = source && attach(world, source).networkId;
    const known = resolve(world, network, name);
    if (known.kind === 'none') return { status: 404, body: { name } };
    const alias = known.kind === 'private' ? known.name : name;
    const exists = ownerOf(world, name) !== undefined;
    return { status: 200, body: { name, alias, address: known.address, exists } };
  },
};

function selection(call: Call): { clientId?: string; objectId?: string; resourceId?: string } {
  const given = (name: string): string | undefined => call.query.get(name) ?? undefined;
  const [clientId, objectId] = [given('client_id'), given('object_id')];
  const resourceId = given('msi_res_id') ?? given('mi_res_id');
  return {
    ...(clientId === undefined ? {} : { clientId }),
    ...(objectId === undefined ? {} : { objectId }),
    ...(resourceId === undefined ? {} : { resourceId }),
  };
}

function refusal(error: string, description: string): Answer {
  return { status: 400, body: { error, error_description: description } };
}

/** Who asks, as the inside proxy says it; nobody else can ask. */
function sourceIn(call: Call): Source | undefined {
  if (call.vantage !== 'inside') return undefined;
  const header = call.headers['x-local-azure-source'];
  return header === undefined ? undefined : (JSON.parse(header) as Source);
}

/** What the platform answers at link-local addresses; only the inside proxy leads there. */
export const operations: readonly Operation[] = [
  machineIdentity,
  machineFacts,
  appIdentity,
  resolver,
];
