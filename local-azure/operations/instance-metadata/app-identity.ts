import type { Answer, Call } from '../../operation.ts';
import type { World } from '../../world.ts';
import { keptIn } from '../../world.ts';
import type { Source } from '../../inside/source.ts';
import { grant, identityOf } from './managed-identity.ts';

/** The secrets that apps must show at their identity endpoint, by app id in lower case. */
export function identityHeaders(world: World): Map<string, string> {
  return keptIn(world, 'identityHeaders', () => new Map<string, string>());
}

/**
 * App Service's identity endpoint: `2019-08-01` with `X-IDENTITY-HEADER`, and the older
 * `2017-09-01` with `secret` and `clientid`, which azureml-core still speaks.
 */
export async function appTokenAnswer(
  call: Call,
  world: World,
  source: Source | undefined,
): Promise<Answer> {
  const secret = call.headers['x-identity-header'] ?? call.headers['secret'];
  const expected = source && identityHeaders(world).get(source.id.toLowerCase());
  if (source?.kind !== 'app' || expected === undefined || secret !== expected) {
    return { status: 401, body: { statusCode: 401, message: 'Unauthorized' } };
  }
  const resource = call.query.get('resource');
  if (resource === null) return bad('The resource parameter is missing.');
  const client = call.query.get('client_id') ?? call.query.get('clientid');
  const identity = identityOf(world, source.id, client === null ? {} : { clientId: client });
  // Unlike a machine, an app does not fall back to the only identity it has.
  const named = client !== null || world.resources.get(source.id)?.identity?.['principalId'];
  if (identity === undefined || !named)
    return bad('No User Assigned or Delegated Managed Identity found');
  return { status: 200, body: await grant(world, identity, resource, 'app') };
}

function bad(message: string): Answer {
  return { status: 400, body: { statusCode: 400, message } };
}
