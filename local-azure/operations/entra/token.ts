import { issueToken, tokenLifetime } from '../../entrance/access-token.ts';
import type { Answer, Call, Operation } from '../../operation.ts';
import type { World } from '../../world.ts';
import { checkAssertion } from './assertion.ts';
import { applicationOf } from './directory.ts';
import * as problems from './problem.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Resources that this tenant has a service principal for; hosts of one resource stand for it. */
const RESOURCES: readonly RegExp[] = [
  /^https:\/\/management\.(azure\.com|core\.windows\.net)$/,
  /^https:\/\/storage\.azure\.com$/,
  /^https:\/\/[a-z0-9]+\.(blob|file|queue|table)\.core\.windows\.net$/,
  /^https:\/\/vault\.azure\.net$/,
  /^https:\/\/graph\.(microsoft\.com|windows\.net)$/,
  /^https:\/\/ml\.azure\.com$/,
  /^https:\/\/containerregistry\.azure\.net$/,
  /^https:\/\/api\.loganalytics\.io$/,
];

/** Client credentials with a federated assertion: the only login that has no secret. */
export const token: Operation = {
  host: 'login.microsoftonline.com',
  route: 'POST /{tenant}/oauth2/v2.0/token',
  simplified: 'only client_credentials with a client_assertion of GitHub',
  answer: async (call, world) => {
    try {
      return await grant(call, world);
    } catch (error) {
      if (!(error instanceof problems.EntraProblem)) throw error;
      return problems.problemAnswer(error, world, call.headers['client-request-id']);
    }
  },
};

async function grant(call: Call, world: World): Promise<Answer> {
  const tenant = call.params['tenant'] ?? '';
  if (tenant.toLowerCase() !== world.tenantId.toLowerCase()) throw problems.tenantNotFound(tenant);
  const form = (call.body ?? {}) as Readonly<Record<string, string>>;
  if (!form['grant_type']) throw problems.parameterMissing('grant_type');
  if (form['grant_type'] !== 'client_credentials') {
    throw problems.grantNotSupported(form['grant_type']);
  }
  const clientId = form['client_id'];
  if (!clientId) throw problems.parameterMissing('client_id');
  const application = applicationOf(world, clientId);
  if (!application) throw problems.applicationNotFound(clientId, tenant);
  const audience = audienceOf(form['scope'], tenant);
  if (!form['client_assertion'] || form['client_assertion_type'] !== ASSERTION_TYPE) {
    throw problems.parameterMissing('client_assertion');
  }
  await checkAssertion(world, application, form['client_assertion']);
  const { objectId } = application;
  return granted(world, await issueToken(world, { objectId, audience, appId: clientId }));
}

/** `https://storage.azure.com/.default` asks for the resource https://storage.azure.com . */
function audienceOf(scope: string | undefined, tenant: string): string {
  if (!scope) throw problems.parameterMissing('scope');
  const asked = scope.split(' ').find((one) => one.endsWith('/.default'));
  const resource = asked?.slice(0, -'/.default'.length) ?? scope;
  const known = RESOURCES.some((pattern) =>
    pattern.test(resource.toLowerCase().replace(/\/$/, '')),
  );
  if (!known) throw problems.resourceNotFound(resource, tenant);
  return resource;
}

function granted(world: World, accessToken: string): Answer {
  const seconds = tokenLifetime(world);
  // Entra counts from when it began to answer, hence one second less than the token says.
  const expiresIn = Math.max(seconds - 1, 1);
  return {
    status: 200,
    headers: { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' },
    body: {
      token_type: 'Bearer',
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: accessToken,
    },
  };
}
