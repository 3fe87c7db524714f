import { randomUUID } from 'node:crypto';
import { allowed } from '../../arm/access.ts';
import { asObject, asText } from '../../arm/json.ts';
import { issueToken, verifyToken } from '../../entrance/access-token.ts';
import { addressOf, keptOut } from '../../entrance/public-access.ts';
import { texts } from '../../inside/json-fields.ts';
import type { Answer, Call, Caller, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { registryAt, registryType } from './images.ts';

/** Audiences whose Entra tokens a registry exchanges for its own. */
const entra = ['https://management.azure.com', 'https://containerregistry.azure.net'];

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { errors: [{ code, message }] } };
}

/** The challenge of the Docker registry protocol, with which every client begins. */
function challenge(host: string): Answer {
  const visit = 'visit https://aka.ms/acr/authorization for more information.';
  return {
    ...refusal(401, 'UNAUTHORIZED', `authentication required, ${visit}`),
    headers: {
      'docker-distribution-api-version': 'registry/2.0',
      'www-authenticate': `Bearer realm="https://${host}/oauth2/token",service="${host}"`,
    },
  };
}

/**
 * A registry looks at the network before anything else, at every one of its addresses; the words are
 * those that its clients report of `/v2/` and of the exchange of tokens
 * (learn.microsoft.com, "Troubleshoot network issues with registry").
 */
function gate(
  call: Call,
  world: World,
  answer: (registry: StoredResource) => Answer | Promise<Answer>,
): Answer | Promise<Answer> {
  const registry = registryOf(world, call.host);
  if (registry === undefined) return refusal(404, 'NAME_UNKNOWN', 'no such registry');
  if (keptOut(registry, call) === undefined) return answer(registry);
  const said =
    `client with IP '${addressOf(call)}' is not allowed access. Refer ` +
    `https://aka.ms/acr/firewall to grant access. CorrelationId: ${randomUUID()}`;
  return refusal(403, 'DENIED', said);
}

/** The registry behind its login server, or behind the data endpoint `name.region.data.azurecr.io`. */
function registryOf(world: World, host: string): StoredResource | undefined {
  return registryAt(world, host.replace(/\.[a-z0-9]+\.data\.azurecr\.io$/i, '.azurecr.io'));
}

function signedIn(
  call: Call,
  world: World,
  answer: (caller: Caller, registry: StoredResource) => Answer,
): Answer | Promise<Answer> {
  return gate(call, world, async (registry) => {
    const caller = await verifyToken(world, call.headers['authorization'], `https://${call.host}`);
    return 'reason' in caller ? challenge(call.host) : answer(caller, registry);
  });
}

/** POST /oauth2/exchange: an Entra token for a refresh token of the registry (Azure/acr, AAD-OAuth.md). */
function exchange(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, async () => {
    const given = asText(asObject(call.body)['access_token']) ?? '';
    const caller = await verifyToken(world, `Bearer ${given}`, ...entra);
    if ('reason' in caller) return challenge(call.host);
    const audience = `https://${call.host}/refresh`;
    const token = await issueToken(world, { objectId: caller.objectId, audience });
    return { status: 200, body: { refresh_token: token } };
  });
}

/** POST /oauth2/token: a refresh token for an access token. */
function token(call: Call, world: World): Answer | Promise<Answer> {
  return gate(call, world, async () => {
    const given = asText(asObject(call.body)['refresh_token']) ?? '';
    const caller = await verifyToken(world, `Bearer ${given}`, `https://${call.host}/refresh`);
    if ('reason' in caller) return challenge(call.host);
    const audience = `https://${call.host}`;
    const access = await issueToken(world, { objectId: caller.objectId, audience });
    return { status: 200, body: { access_token: access } };
  });
}

/** Names of the images that were imported, without tag and digest. */
function catalog(call: Call, world: World): Answer | Promise<Answer> {
  return signedIn(call, world, (caller, registry) => {
    if (!allowed(world, caller, `${registryType}/pull/read`, registry.id)) {
      return challenge(call.host);
    }
    const repositories = texts(registry.hidden, 'images').map((image) => image.split(/[:@]/)[0]);
    return { status: 200, body: { repositories: [...new Set(repositories)] } };
  });
}

const own = {
  host: '*.azurecr.io',
  hostExists: (host: string, world: World) => registryOf(world, host) !== undefined,
};

/** What a registry answers at its own addresses. */
export const dataPlane: readonly Operation[] = [
  {
    ...own,
    route: 'GET /v2',
    simplified: 'the door, and the list of imported images; nothing can be pulled or pushed',
    answer: (call, world) => signedIn(call, world, () => ({ status: 200, body: {} })),
  },
  { ...own, route: 'GET /v2/_catalog', answer: catalog },
  { ...own, route: 'POST /oauth2/exchange', answer: exchange },
  { ...own, route: 'POST /oauth2/token', answer: token },
  {
    ...own,
    host: '*.*.data.azurecr.io',
    route: 'ANY /{rest...}',
    simplified: 'the door alone: it holds no layers',
    answer: (call, world) =>
      gate(call, world, () => refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry')),
  },
];
