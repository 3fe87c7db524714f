import { allowed, allowedData } from '../../arm/access.ts';
import { verifyToken } from '../../entrance/access-token.ts';
import { keptOut } from '../../entrance/public-access.ts';
import type { Answer, Call, Caller, Operation } from '../../operation.ts';
import type { StoredResource, World } from '../../world.ts';
import { ACCOUNT, accountOfHost } from './account.ts';
import { STORAGE_AUDIENCE } from './container.ts';
import * as errors from './errors.ts';

const shareType = `${ACCOUNT}/fileServices/shares`;

/**
 * The file service as far as a proof of the closed network needs it: who is refused by the network,
 * by the token and by the role, and an answer for whoever is not. It keeps no files.
 */
export const files: Operation = {
  host: '*.file.core.windows.net',
  route: 'ANY /{path...}',
  simplified:
    'network, token and role; then the list of shares that ARM made, and the properties of the service; no files',
  hostExists: (host, world) => accountOfHost(world, host) !== undefined,
  answer: async (call, world) => {
    const account = accountOfHost(world, call.host);
    if (!account) return errors.notFound();
    if (keptOut(account, call) !== undefined) return errors.notFromHere();
    const own = `https://${call.host}`;
    const caller = await verifyToken(world, call.headers['authorization'], STORAGE_AUDIENCE, own);
    if ('reason' in caller) return errors.unauthenticated(world, caller);
    // learn.microsoft.com, "Authorize with Microsoft Entra ID (Azure Files REST)".
    const intent = 'x-ms-file-request-intent';
    if (call.headers[intent] !== 'backup') return errors.headerMissing(intent);
    return mayList(world, caller, account)
      ? answerFor(call, world, account)
      : errors.permissionMismatch();
  },
};

/** Which of the two rights opens the list of shares is from memory; either does here. */
function mayList(world: World, caller: Caller, account: StoredResource): boolean {
  const service = `${ACCOUNT}/fileServices`;
  return (
    allowed(world, caller, `${service}/shares/read`, account.id) ||
    allowedData(world, caller, `${service}/fileshares/files/read`, account.id)
  );
}

function answerFor(call: Call, world: World, account: StoredResource): Answer {
  const [comp, restype] = [call.query.get('comp'), call.query.get('restype')];
  if (call.method === 'GET' && comp === 'list') return xml(shareList(call, world, account));
  if (call.method === 'GET' && restype === 'service' && comp === 'properties') {
    return xml('<StorageServiceProperties><Cors /></StorageServiceProperties>');
  }
  return errors.notFound();
}

function shareList(call: Call, world: World, account: StoredResource): string {
  const shares = world.resources
    .below(account.id)
    .filter(({ type }) => type.toLowerCase() === shareType.toLowerCase())
    .map(({ name }) => `<Share><Name>${name}</Name></Share>`);
  const endpoint = `ServiceEndpoint="https://${call.host}/"`;
  return `<EnumerationResults ${endpoint}><Shares>${shares.join('')}</Shares><NextMarker /></EnumerationResults>`;
}

function xml(body: string): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `\uFEFF<?xml version="1.0" encoding="utf-8"?>${body}`,
  };
}
