import type { Operation } from '../../operation.ts';

/**
 * Public hosts that stand on the allow-lists of closed networks, or off them on purpose. Nothing
 * of theirs is simulated: an answer shows that a way out leads to them, and that is all it is for.
 */
const hosts: readonly string[] = [
  'ml.azure.com',
  'graph.windows.net',
  'aadcdn.msftauth.net',
  'aadcdn.msauth.net',
  'mcr.microsoft.com',
  '*.data.mcr.microsoft.com',
  // Reserved for examples by RFC 2606: on nobody's list.
  'example.com',
];

const page =
  '<!doctype html>\n<title>Reached</title>\n<p>Local Azure stands in for this host.</p>\n';

/** An answer for each of them, to whatever is asked. */
export const operations: readonly Operation[] = hosts.map((host) => ({
  host,
  route: 'ANY /{rest...}',
  simplified: 'only shows that the host is reached',
  answer: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: page }),
}));
