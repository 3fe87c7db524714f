import { apis } from '../azure/api-versions.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { passKeySecret, siteOf } from '../terraform/resource-ids.ts';

/** What InnerEye-Inference reads when it starts, and does not start without; Terraform sets all of them. */
const needed = {
  appsettings: [
    'CLUSTER',
    'WORKSPACE_NAME',
    'EXPERIMENT_NAME',
    'RESOURCE_GROUP',
    'SUBSCRIPTION_ID',
    'TENANT_ID',
    'APPLICATION_ID',
    'DATASTORE_NAME',
    'IMAGE_DATA_FOLDER',
  ],
  connectionstrings: ['API_AUTH_SECRET', 'AZUREML_SERVICE_PRINCIPAL_SECRET'],
} as const;

/** Connection strings as terraform/inference.tf sets them; a test compares the two. None of the values is a secret. */
export function connectionStringsOf({ keyVaultUri }: Outputs): Readonly<Record<string, string>> {
  return {
    API_AUTH_SECRET: `@Microsoft.KeyVault(SecretUri=${keyVaultUri}secrets/${passKeySecret})`,
    AZUREML_SERVICE_PRINCIPAL_SECRET: 'not-a-secret-managed-identity-is-used',
  };
}

interface Listed {
  readonly properties?: Readonly<Record<string, unknown>>;
}

/**
 * Which connection strings are not as Terraform set them, by name: Terraform itself says of all of them
 * together that something changed, because their values are sensitive. What was found is not told.
 */
export async function changedConnectionStrings(
  outputs: Outputs,
  { arm }: Pick<Session, 'arm'>,
): Promise<readonly { readonly name: string; readonly found: string }[]> {
  const path = `${siteOf(outputs)}/config/connectionstrings/list`;
  const { properties = {} } = await arm.post<Listed>(path, apis.web);
  const wanted = connectionStringsOf(outputs);
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(properties)])].sort();
  return names.flatMap((name) => {
    const { type, value } = (properties[name] ?? {}) as { type?: unknown; value?: unknown };
    if (wanted[name] === undefined) return [{ name, found: 'an added one' }];
    if (properties[name] === undefined) return [{ name, found: 'none' }];
    if (value !== wanted[name]) return [{ name, found: 'another value' }];
    return type === 'Custom' ? [] : [{ name, found: 'another type' }];
  });
}

/** Names of the settings that the app needs and does not have; an empty value counts as there. */
export async function missingSettings(
  outputs: Outputs,
  { arm }: Pick<Session, 'arm'>,
): Promise<readonly string[]> {
  const kinds = ['appsettings', 'connectionstrings'] as const;
  const missing = await Promise.all(
    kinds.map(async (kind) => {
      const path = `${siteOf(outputs)}/config/${kind}/list`;
      const { properties = {} } = await arm.post<Listed>(path, apis.web);
      return needed[kind].filter((name) => properties[name] === undefined);
    }),
  );
  return missing.flat();
}
