import { reachedPage } from '../../entrance/reached.ts';
import type { Answer, Operation } from '../../operation.ts';

/**
 * Public hosts that stand on the allow-lists of closed networks, or off them on purpose. Nothing
 * of theirs is simulated: an answer shows that a way out leads to them, and that is all it is for.
 */
const hosts: readonly string[] = [
  'ml.azure.com',
  'graph.microsoft.com',
  'graph.windows.net',
  'aadcdn.msftauth.net',
  'aadcdn.msauth.net',
  'mcr.microsoft.com',
  '*.data.mcr.microsoft.com',
  // On nobody's list, and there for whoever gets out: a name reserved for examples (RFC 2606), one below
  // a name that is listed, and a storage account of another tenant that everybody may read.
  'example.com',
  'device.login.microsoftonline.com',
  'azureopendatastorage.blob.core.windows.net',
];

/** What simulated hosts say at their root, which nothing of theirs is reached by; from memory. */
const roots: Readonly<Record<string, Answer>> = {
  'login.microsoftonline.com': {
    status: 302,
    headers: { location: 'https://www.office.com/login' },
  },
  'management.azure.com': {
    status: 404,
    body: {
      error: {
        code: 'MissingSubscription',
        message:
          'The request did not have a subscription or a valid tenant level resource provider.',
      },
    },
  },
  '*.api.azureml.ms': { status: 404 },
};

/** An answer for each of them, to whatever is asked. */
export const operations: readonly Operation[] = [
  ...hosts.map((host): Operation => ({
    host,
    route: 'ANY /{rest...}',
    simplified: 'only shows that the host is reached',
    answer: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: reachedPage }),
  })),
  ...Object.entries(roots).map(([host, answer]): Operation => ({
    host,
    route: 'ANY /',
    simplified: 'only shows that the host is reached',
    answer: () => answer,
  })),
];
