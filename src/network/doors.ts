import type { Outputs } from '../terraform/outputs.ts';
import type { Deployed } from './deployed.ts';
import type { Look, Sight } from './vantage.ts';

/** A door that must be shut, how to knock with a valid token, and how its own network says no. */
export interface Door {
  readonly look: Look;
  /** Whether this is the network's own refusal; a refusal of the token or for want of a role is not. */
  readonly refusedByNetwork: (sight: Sight) => boolean;
}

/** Enough of a body to find a service's code in; the pages of App Service are long. */
const get = { method: 'GET', bytes: 2400 } as const;

/**
 * The doors of every data plane. The workspace's needs the guid that its names begin with; the
 * images' account has one as soon as ARM knows it.
 */
export function doorsOf(
  outputs: Outputs,
  { workspaceGuid, imagesAccount }: Pick<Deployed, 'workspaceGuid' | 'imagesAccount'>,
): readonly Door[] {
  const account = outputs.storageAccountName;
  const blobVersion = { 'x-ms-version': '2023-11-03' };
  return [
    vaultDoor(outputs),
    storageDoor('blob', `${account}.blob`, blobVersion),
    // Listing shares with an Entra token begins with this version (learn.microsoft.com, "Access Azure
    // file shares using Microsoft Entra ID with Azure Files OAuth over REST").
    storageDoor('file', `${account}.file`, {
      'x-ms-version': '2024-11-04',
      'x-ms-file-request-intent': 'backup',
    }),
    ...(imagesAccount === undefined
      ? []
      : [storageDoor('images', `${imagesAccount}.blob`, blobVersion)]),
    registryDoor(outputs),
    ...(workspaceGuid === undefined ? [] : [workspaceDoor(outputs, workspaceGuid)]),
    siteDoor('web-app', `https://${outputs.inferenceAppHost}/`),
    // The deployment site takes tokens for ARM (learn.microsoft.com, "Deploy files to App Service").
    siteDoor('scm', `https://${scmHost(outputs)}/api/settings`, 'https://management.azure.com'),
  ];
}

/** Host of the web app's deployment site: `scm` behind the app's name. */
export function scmHost({ inferenceAppHost }: Outputs): string {
  return inferenceAppHost.replace('.', '.scm.');
}

/** Host of the workspace's services, as its private endpoint names it. */
export function workspaceHost(outputs: Outputs, guid: string): string {
  return `${guid}.workspace.${outputs.location}.api.azureml.ms`;
}

function vaultDoor(outputs: Outputs): Door {
  return {
    look: {
      ...{ ...get, name: 'vault', bearer: 'https://vault.azure.net' },
      url: `${outputs.keyVaultUri.replace(/\/$/, '')}/secrets?api-version=7.4`,
    },
    // learn.microsoft.com, "Azure Key Vault REST API error codes", HTTP 403; both are seen with
    // their bodies in reports, such as microsoft/AzureTRE#3789. A missing role is ForbiddenByRbac.
    refusedByNetwork: ({ body }) => /"code"\s*:\s*"ForbiddenBy(Connection|Firewall)"/.test(body),
  };
}

function storageDoor(
  name: 'blob' | 'file' | 'images',
  service: string,
  headers: Readonly<Record<string, string>>,
): Door {
  return {
    look: {
      ...{ ...get, name, bearer: 'https://storage.azure.com', headers },
      url: `https://${service}.core.windows.net/?comp=list`,
    },
    // With an Entra token AuthorizationFailure is the network's; a missing role is
    // AuthorizationPermissionMismatch (learn.microsoft.com, "Troubleshoot 403 errors: Azure Storage").
    refusedByNetwork: ({ headers: said, body }) =>
      (said['x-ms-error-code'] ?? /<Code>([^<]*)<\/Code>/.exec(body)?.[1]) ===
      'AuthorizationFailure',
  };
}

/**
 * The registry takes Entra's token in exchange for its own, and that exchange is where the network
 * is looked at: `ACR token exchange endpoint returned error status: 403 … DENIED` in reports of
 * Container Apps behind a closed registry.
 */
function registryDoor(outputs: Outputs): Door {
  const host = outputs.registryLoginServer;
  const form = new URLSearchParams({
    ...{ grant_type: 'access_token', service: host, tenant: outputs.tenantId },
  });
  return {
    look: {
      ...{ name: 'registry', method: 'POST', bytes: 2400, url: `https://${host}/oauth2/exchange` },
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      ...{ body: form.toString(), bearer: 'https://management.azure.com' },
      bearerField: 'access_token',
    },
    // learn.microsoft.com, "Troubleshoot network issues with registry"; DENIED alone is also the
    // code of a missing role.
    refusedByNetwork: ({ body }) =>
      /"code"\s*:\s*"DENIED"/.test(body) &&
      /client with IP .{1,60} is not allowed access/.test(body),
  };
}

/** Run history, which answers 404 about a run that is not there to whoever the network lets in. */
function workspaceDoor(outputs: Outputs, guid: string): Door {
  const path = `/history/v1.0${outputs.workspaceId}/runs/no-such-run/details?api-version=v1.0`;
  return {
    look: {
      ...{ ...get, name: 'workspace', bearer: 'https://management.azure.com' },
      url: `https://${workspaceHost(outputs, guid)}${path}`,
    },
    // "Access to workspace was denied based on workspace private link configuration."
    // (MicrosoftDocs/azure-docs#90426). The status is from memory: the report has a gateway's 502.
    refusedByNetwork: ({ body }) =>
      /denied based on workspace private link configuration/i.test(body),
  };
}

/** The app itself never answers 403 to this; a stopped app does, with another page. */
function siteDoor(name: 'web-app' | 'scm', url: string, bearer?: string): Door {
  return {
    look: { ...get, name, url, ...(bearer === undefined ? {} : { bearer }) },
    // `403 Ip Forbidden` with this header and this sentence on its page: seen in many reports, such
    // as Azure/static-web-apps#1666. A stopped app has neither.
    refusedByNetwork: ({ headers, body }) =>
      headers['x-ms-forbidden-ip'] !== undefined ||
      (/<title>[^<]*403/.test(body) && /has blocked your access|Ip Forbidden/i.test(body)),
  };
}
