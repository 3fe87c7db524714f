import type { Operation } from '../../operation.ts';
import { discovery } from './discovery.ts';
import { token } from './token.ts';

export { issueToken } from '../../entrance/access-token.ts';
export { registerApplication } from './directory.ts';

/** Entra: discovery, keys, and access tokens for federated assertions. */
export const operations: readonly Operation[] = [...discovery, token];
