import type { Outputs } from '../terraform/outputs.ts';
import type { Evidence } from './evidence.ts';
import type { Look, Sight, Vantage } from './vantage.ts';

/** A door that must be shut, how to knock with a valid token, and how its own network says no. */
interface Door {
  readonly look: Look;
  readonly refusedByNetwork: (sight: Sight) => boolean;
}

/**
 * Knocks from outside. A refusal counts only where an authorised request is refused for the network
 * it comes from, or where nothing connects: a 401 says nothing, since some services look at the
 * network only after the token, and neither does a refusal for want of a role.
 */
export async function outsideEvidence(outputs: Outputs, outside: Vantage): Promise<Evidence[]> {
  const doors = doorsOf(outputs);
  const sights = await outside.look(doors.map(({ look }) => look));
  return doors.map((door, at) => judge(door, sights[at]));
}

/** The same rows where nobody could look from outside. */
export function outsideSkipped(outputs: Outputs): Evidence[] {
  return doorsOf(outputs).map(({ look }) => ({
    ...{ check: `refused-${look.name}`, subject: new URL(look.url).hostname },
    ...{ from: 'outside', result: 'skipped', seen: 'this runner stands inside the network' },
  }));
}

function doorsOf(outputs: Outputs): readonly Door[] {
  const get = { method: 'GET', bytes: 1500 } as const;
  return [
    {
      look: {
        ...{ ...get, name: 'vault', bearer: 'https://vault.azure.net' },
        url: `${outputs.keyVaultUri.replace(/\/$/, '')}/secrets?api-version=7.4`,
      },
      // Key Vault's own words: learn.microsoft.com, "Azure Key Vault REST API error codes", HTTP 403
      refusedByNetwork: ({ body }) => /"ForbiddenBy(Connection|Firewall)"/.test(body),
    },
    {
      look: {
        ...{ ...get, name: 'blob', bearer: 'https://storage.azure.com' },
        url: `https://${outputs.storageAccountName}.blob.core.windows.net/?comp=list`,
        headers: { 'x-ms-version': '2023-11-03' },
      },
      // a missing role would be AuthorizationPermissionMismatch
      refusedByNetwork: ({ headers, body }) =>
        headers['x-ms-error-code'] === 'AuthorizationFailure' ||
        body.includes('<Code>AuthorizationFailure</Code>'),
    },
    {
      look: { ...get, name: 'web-app', url: `https://${outputs.inferenceAppHost}/` },
      // the app itself never answers 403 to this, and whenever it speaks of a refusal it speaks JSON
      refusedByNetwork: ({ headers }) =>
        !(headers['content-type'] ?? '').startsWith('application/json'),
    },
  ];
}

function judge({ look, refusedByNetwork }: Door, sight: Sight | undefined): Evidence {
  const base = {
    check: `refused-${look.name}`,
    subject: new URL(look.url).hostname,
    from: 'outside' as const,
  };
  if (sight?.failure?.kind === 'unreached') {
    return { ...base, result: 'closed', seen: `does not connect: ${sight.failure.text}` };
  }
  if (sight?.status === undefined) {
    return { ...base, result: 'unproven', seen: sight?.failure?.text ?? 'nothing' };
  }
  if (sight.status === 401) {
    return { ...base, result: 'unproven', seen: 'status 401: the token was refused' };
  }
  const closed = sight.status === 403 && refusedByNetwork(sight);
  const said = closed ? 'refused by the network' : 'answered from outside';
  return { ...base, result: closed ? 'closed' : 'hole', seen: `status ${sight.status}: ${said}` };
}
