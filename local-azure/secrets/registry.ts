import type { World } from '../world.ts';
import { keptIn } from '../world.ts';

/** Every kind of secret that this world holds, and where it is made or first seen. */
export const secretKinds = {
  'access token': 'Entra, managed identities and registries give them out',
  'app identity header': 'App Service gives it to a process of the app',
  'app setting': 'settings and connection strings of an app whose names say that they are secret',
  'compute password': 'administrator of the nodes of an AML compute',
  'custom data': 'of a virtual machine',
  'datastore secret': 'credentials of an AML datastore',
  'delegation key': 'Storage lends it to a login, for signing addresses',
  'GitHub token': 'the GITHUB_TOKEN of the job',
  'id-token': 'GitHub gives them to the job',
  'id-token request token': 'the bearer of the id-token endpoint of the job',
  'inside proxy password': 'what a process inside the network shows to the inside proxy',
  'instrumentation key': 'of a component of Application Insights that takes keys',
  'Key Vault secret': 'every value that a secret of a vault has had',
  'log workspace key': 'of a Log Analytics workspace',
  'machine password': 'of a local account of a virtual machine, first and later ones',
  'protected parameter': 'of a Run Command',
  'protected setting': 'of an extension of a virtual machine',
  'publishing password': 'of a web app',
  'refresh token': 'of a container registry',
  'registry password': 'of the administrator of a container registry',
  'runtime token': 'ACTIONS_RUNTIME_TOKEN of the job, which opens the artifacts of its run',
  'sent field': 'a field of a request whose name says that it is secret',
  'shared access signature': 'in any address that is asked for or given out',
  'storage account key': 'both keys of an account',
  'unnamed field': 'a field of an answer whose name says that it is secret, and nothing else does',
  'given from outside': 'what a test or a user brings along, such as the login of a package index',
} as const;

export type SecretKind = keyof typeof secretKinds;

/** What is secret in a world: values by what they are, from their birth to the end of the world. */
export interface Secrets {
  /** Notes a value; one that is known already keeps its kind. */
  file(kind: SecretKind, value: string): void;
  has(value: string): boolean;
  readonly values: ReadonlyMap<string, SecretKind>;
  /** Fields of answers and hidden parts of resources that look secret and that no kind accounts for. */
  readonly unnamed: Set<string>;
}

/** Shorter values would be found in ordinary words. */
const shortest = 8;

/** The secrets of this world. */
export const secretsOf = (world: World): Secrets => keptIn(world, 'secrets', newSecrets);

function newSecrets(): Secrets {
  const values = new Map<string, SecretKind>();
  return {
    values,
    unnamed: new Set(),
    has: (value) => values.has(value),
    file: (kind, value) => {
      const known = values.get(value);
      // Where something was sent to tells more of it than that it was sent.
      if (known !== undefined && known !== 'sent field') return;
      if (value.length >= shortest) values.set(value, kind);
    },
  };
}
