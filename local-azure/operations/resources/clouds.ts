import { armOperation } from '../../arm/operation.ts';
import type { Operation } from '../../operation.ts';

/**
 * The endpoints of public Azure as ARM tells them to anybody, without a token, in the form of
 * api-version 2019-05-01: a list of clouds (quoted in the documentation of PowerShell's
 * Add-AzEnvironment, and by what reads it: Azure CLI's core, which azureml-core carries).
 */
const publicCloud = {
  name: 'AzureCloud',
  portal: 'https://portal.azure.com',
  authentication: {
    loginEndpoint: 'https://login.microsoftonline.com/',
    audiences: ['https://management.core.windows.net/', 'https://management.azure.com/'],
    tenant: 'common',
    identityProvider: 'AAD',
  },
  media: 'https://rest.media.azure.net',
  graphAudience: 'https://graph.windows.net/',
  graph: 'https://graph.windows.net/',
  suffixes: {
    azureDataLakeStoreFileSystem: 'azuredatalakestore.net',
    acrLoginServer: 'azurecr.io',
    sqlServerHostname: 'database.windows.net',
    azureDataLakeAnalyticsCatalogAndJob: 'azuredatalakeanalytics.net',
    keyVaultDns: 'vault.azure.net',
    storage: 'core.windows.net',
    azureFrontDoorEndpointSuffix: 'azurefd.net',
  },
  batch: 'https://batch.core.windows.net/',
  resourceManager: 'https://management.azure.com/',
  vmImageAliasDoc:
    'https://raw.githubusercontent.com/Azure/azure-rest-api-specs/master/arm-compute/quickstart-templates/aliases.json',
  activeDirectoryDataLake: 'https://datalake.azure.net/',
  sqlManagement: 'https://management.core.windows.net:8443/',
  gallery: 'https://gallery.azure.com/',
};

export const cloudOperations: readonly Operation[] = [
  {
    ...armOperation({
      route: 'GET /metadata/endpoints',
      simplified: 'public Azure alone, in the form of 2019-05-01 whatever version is asked for',
      answer: () => ({ status: 200, body: [publicCloud] }),
    }),
    audience: undefined,
  },
];
