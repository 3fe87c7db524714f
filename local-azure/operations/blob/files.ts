import { verifyToken } from '../../entrance/access-token.ts';
import type { Operation } from '../../operation.ts';
import { accountOfHost, closedToPublic } from './account.ts';
import { STORAGE_AUDIENCE } from './container.ts';
import * as errors from './errors.ts';

/**
 * The file service as far as a proof of the closed network needs it: who is refused by the network,
 * and who is only refused for want of a token or role. It keeps no files.
 */
export const files: Operation = {
  host: '*.file.core.windows.net',
  route: 'ANY /{path...}',
  simplified: 'network rules and token only: no shares and no files, every role is refused',
  hostExists: (host, world) => accountOfHost(world, host) !== undefined,
  answer: async (call, world) => {
    const account = accountOfHost(world, call.host);
    if (!account) return errors.notFound();
    if (call.vantage === 'outside' && closedToPublic(account)) return errors.notFromHere();
    const { authorization } = call.headers;
    const caller = await verifyToken(
      world,
      authorization,
      STORAGE_AUDIENCE,
      `https://${call.host}`,
    );
    return 'reason' in caller ? errors.unauthenticated(world, caller) : errors.permissionMismatch();
  },
};
