/** The eleven variables that the service needs; their names are the original's. */
const names = {
  servicePrincipalSecret: 'CUSTOMCONNSTR_AZUREML_SERVICE_PRINCIPAL_SECRET',
  passKey: 'CUSTOMCONNSTR_API_AUTH_SECRET',
  cluster: 'CLUSTER',
  workspaceName: 'WORKSPACE_NAME',
  experimentName: 'EXPERIMENT_NAME',
  resourceGroup: 'RESOURCE_GROUP',
  subscriptionId: 'SUBSCRIPTION_ID',
  applicationId: 'APPLICATION_ID',
  tenantId: 'TENANT_ID',
  datastoreName: 'DATASTORE_NAME',
  imageFolder: 'IMAGE_DATA_FOLDER',
} as const;

/** The service's settings. */
export type Settings = { readonly [K in keyof typeof names]: string };

/** Reads the settings; throws naming every variable that is missing. An empty one counts as there. */
export function readSettings(environment: Readonly<NodeJS.ProcessEnv>): Settings {
  const missing = Object.values(names).filter((name) => environment[name] === undefined);
  if (missing.length > 0) throw new Error(`missing variables: ${missing.join(', ')}`);
  const values = Object.entries(names).map(([key, name]) => [
    key,
    (environment[name] ?? '').trim(),
  ]);
  return Object.fromEntries(values) as Settings;
}
