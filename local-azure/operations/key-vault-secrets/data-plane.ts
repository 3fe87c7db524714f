import { allowedData } from '../../arm/access.ts';
import { addressOf, keptOut } from '../../entrance/public-access.ts';
import type { Answer, Call, Caller } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { secretType, versionsOf } from './secret.ts';

const getSecret = 'Microsoft.KeyVault/vaults/secrets/getSecret/action';
const readMetadata = 'Microsoft.KeyVault/vaults/secrets/readMetadata/action';

/** The vault behind `<name>.vault.azure.net`, or undefined. */
export function vaultAt(world: World, host: string): StoredResource | undefined {
  const name = host.split('.')[0]?.toLowerCase();
  return world.resources
    .ofType('Microsoft.KeyVault/vaults')
    .find((vault) => vault.name.toLowerCase() === name);
}

function refusal(status: number, code: string, message: string, inner?: string): Answer {
  const innererror = inner === undefined ? {} : { innererror: { code: inner } };
  return { status, body: { error: { code, message, ...innererror } } };
}

function who(call: Call, vault: StoredResource): string {
  const caller = call.caller;
  return (
    `Caller: oid=${caller?.objectId ?? ''};iss=https://sts.windows.net/${caller?.tenantId ?? ''}/\r\n` +
    `Vault: ${vault.name};location=${vault.location ?? ''}`
  );
}

/**
 * Key Vault looks at the token first, at the network second and at the role last (learn.microsoft.com,
 * "Azure Key Vault REST API error codes", HTTP 403); the words are those that its callers report, as
 * in hashicorp/terraform-provider-azurerm's issues.
 */
function networkRefusal(call: Call, vault: StoredResource): Answer | undefined {
  switch (keptOut(vault, call)) {
    case undefined:
      return undefined;
    case 'disabled': {
      const message =
        'Public network access is disabled and request is not from a trusted service nor via an ' +
        `approved private link.\r\n${who(call, vault)}`;
      return refusal(403, 'Forbidden', message, 'ForbiddenByConnection');
    }
    case 'denied': {
      const message =
        'Client address is not authorized and caller is not a trusted service.\r\n' +
        `Client address: ${addressOf(call)}\r\n${who(call, vault)}`;
      return refusal(403, 'Forbidden', message, 'ForbiddenByFirewall');
    }
  }
}

function roleRefusal(
  world: World,
  call: Call,
  vault: StoredResource,
  access: { readonly action: string; readonly scope: string },
): Answer | undefined {
  const { action, scope } = access;
  if (call.caller && mayRead(world, call.caller, action, scope)) return undefined;
  const message =
    'Caller is not authorized to perform action on resource.\r\nIf role assignments, deny ' +
    'assignments or role definitions were changed recently, please observe propagation time.\r\n' +
    `${who(call, vault)}\r\nAction: '${action}'\r\nResource: '${scope}'\r\nAssignment: (not found)`;
  return refusal(403, 'Forbidden', message, 'ForbiddenByRbac');
}

function mayRead(world: World, caller: Caller, action: string, scope: string): boolean {
  return allowedData(world, caller, action, scope);
}

/** What a vault answers before it looks for anything: version, network and role. */
function refused(
  call: Call,
  world: World,
  access: (vault: StoredResource) => { readonly action: string; readonly scope: string },
): { readonly vault: StoredResource } | { readonly answer: Answer } {
  const vault = vaultAt(world, call.host);
  if (vault === undefined) return { answer: refusal(404, 'NotFound', 'no such vault') };
  if (call.query.get('api-version') === null) {
    return { answer: refusal(400, 'BadParameter', 'api-version must be specified') };
  }
  const answer = networkRefusal(call, vault) ?? roleRefusal(world, call, vault, access(vault));
  return answer === undefined ? { vault } : { answer };
}

/** Answers `GET /secrets/{name}[/{version}]` of a vault's data plane. */
export function readValue(call: Call, world: World): Answer {
  const name = call.params['name'] ?? '';
  const gate = refused(call, world, (vault) => ({
    action: getSecret,
    scope: `${vault.id}/secrets/${name}`,
  }));
  if ('answer' in gate) return gate.answer;
  const secret = world.resources.get(`${gate.vault.id}/secrets/${name}`);
  const versions = secret === undefined ? [] : versionsOf(secret);
  const wanted = call.params['version'];
  const found =
    wanted === undefined ? versions.at(-1) : versions.find((one) => one.version === wanted);
  if (secret === undefined || found === undefined) {
    return refusal(
      404,
      'SecretNotFound',
      `A secret with (name/id) ${name} was not found in this key vault.`,
    );
  }
  const id = `https://${call.host}/secrets/${secret.name}/${found.version}`;
  const { created } = found;
  const attributes = { enabled: true, created, updated: created, recoveryLevel: 'Recoverable' };
  return { status: 200, body: { value: found.value, id, attributes } };
}

/** Answers `GET /secrets`: names and attributes, no values. */
export function listNames(call: Call, world: World): Answer {
  const gate = refused(call, world, (vault) => ({ action: readMetadata, scope: vault.id }));
  if ('answer' in gate) return gate.answer;
  const value = world.resources
    .below(gate.vault.id)
    .filter((one) => one.type === secretType)
    .map((one) => ({
      id: `https://${call.host}/secrets/${one.name}`,
      attributes: one.properties['attributes'],
    }));
  return { status: 200, body: { value, nextLink: null } };
}

/** Answers `GET /certificates/contacts`, which the azurerm provider asks for: nobody ever sets any. */
export function contacts(call: Call, world: World): Answer {
  const action = 'Microsoft.KeyVault/vaults/certificatecontacts/read';
  const gate = refused(call, world, (vault) => ({ action, scope: vault.id }));
  if ('answer' in gate) return gate.answer;
  return refusal(404, 'ContactsNotFound', 'Contacts not found.');
}
