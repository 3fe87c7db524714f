import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { grant } from '../../local-azure/arm/seed.ts';
import { issueToken } from '../../local-azure/entrance/access-token.ts';
import { sendThrough, type ProxiedAnswer } from '../../local-azure/entrance/client.ts';
import { start, type LocalAzure } from '../../local-azure/index.ts';
import { deployerToken, variable } from '../support/clients.ts';

/** The runner, as every service sees it. */
const runner = '198.51.100.7';
const secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7';
const blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe';

let azure: LocalAzure;
let token: string;
let deployer: string;

beforeAll(async () => {
  azure = await start({ provider: 'none', pace: 0, deployerRole: 'owner' });
  deployer = String(azure.world.data.get('deployerObjectId'));
  token = await deployerToken(azure);
  for (const role of [secretsOfficer, blobContributor]) grant(azure.world, deployer, role);
  await arm('PUT', group, { location });
  for (const { id, body } of Object.values(resources)) await arm('PUT', id(), body());
});
afterAll(() => azure.stop());

const location = 'westeurope';
const group = (): string =>
  `/subscriptions/${variable(azure, 'ARM_SUBSCRIPTION_ID')}/resourceGroups/rg`;
const at = (type: string, name: string) => (): string => `${group()}/providers/${type}/${name}`;

/** What stands behind the planes, as somebody closed deploys it. */
const resources = {
  vault: {
    id: at('Microsoft.KeyVault/vaults', 'planes-kv'),
    body: () => ({
      location,
      properties: {
        tenantId: variable(azure, 'ARM_TENANT_ID'),
        sku: { family: 'A', name: 'standard' },
        enableRbacAuthorization: true,
        publicNetworkAccess: 'Disabled',
      },
    }),
  },
  storage: {
    id: at('Microsoft.Storage/storageAccounts', 'planesst'),
    body: () => ({
      location,
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      properties: { publicNetworkAccess: 'Disabled' },
    }),
  },
  registry: {
    id: at('Microsoft.ContainerRegistry/registries', 'planescr'),
    body: () => ({
      location,
      sku: { name: 'Premium' },
      properties: { publicNetworkAccess: 'Disabled', dataEndpointEnabled: true },
    }),
  },
  workspace: {
    id: at('Microsoft.MachineLearningServices/workspaces', 'planes-ml'),
    body: () => ({
      location,
      identity: { type: 'SystemAssigned' },
      properties: {
        storageAccount: resources.storage.id(),
        keyVault: resources.vault.id(),
        publicNetworkAccess: 'Disabled',
      },
    }),
  },
  plan: {
    id: at('Microsoft.Web/serverfarms', 'planes-plan'),
    body: () => ({
      location,
      kind: 'linux',
      sku: { name: 'P0v3' },
      properties: { reserved: true },
    }),
  },
  site: {
    id: at('Microsoft.Web/sites', 'planes-app'),
    body: () => ({
      location,
      kind: 'app,linux',
      properties: {
        serverFarmId: resources.plan.id(),
        publicNetworkAccess: 'Disabled',
        siteConfig: { linuxFxVersion: 'PYTHON|3.12', ipSecurityRestrictionsDefaultAction: 'Deny' },
      },
    }),
  },
} as const;

type Name = keyof typeof resources;

async function arm(method: string, path: string | (() => string), body?: unknown): Promise<void> {
  const id = typeof path === 'string' ? path : path();
  const url = `https://management.azure.com${id}?api-version=2023-07-01`;
  const headers = { authorization: `Bearer ${token}` };
  const answer = await sendThrough(azure, { method, url, headers, body });
  if (answer.status >= 300) throw new Error(`${method} ${id}: ${answer.status} ${answer.text}`);
}

const patch = (name: Name, properties: Record<string, unknown>): Promise<void> =>
  arm('PATCH', resources[name].id(), { properties });

/** An authorised request from outside, as the deployer. */
async function knock(
  url: string,
  audience?: string,
  headers: Record<string, string> = {},
): Promise<ProxiedAnswer> {
  const bearer = audience && (await issueToken(azure.world, { objectId: deployer, audience }));
  const all = { ...(bearer ? { authorization: `Bearer ${bearer}` } : {}), ...headers };
  return sendThrough(azure, { url, headers: all });
}

const storageAudience = 'https://storage.azure.com';
const armAudience = 'https://management.azure.com';
const version = { 'x-ms-version': '2024-11-04' };
const workspaceHost = (): string => {
  const guid = azure.world.resources.get(resources.workspace.id())?.properties['workspaceId'];
  return `${String(guid)}.workspace.${location}.api.azureml.ms`;
};

interface Plane {
  readonly resource: Name;
  readonly knock: () => Promise<ProxiedAnswer>;
  /** The network's own words and code. */
  readonly refusal: string;
  /** What a person's plain PATCH opens it with. */
  readonly open: Record<string, unknown>;
  readonly opened: number;
}

const enabled = { publicNetworkAccess: 'Enabled' };
const planes: Readonly<Record<string, Plane>> = {
  vault: {
    resource: 'vault',
    knock: () =>
      knock('https://planes-kv.vault.azure.net/secrets?api-version=7.4', 'https://vault.azure.net'),
    refusal: '"ForbiddenByConnection"',
    open: enabled,
    opened: 200,
  },
  blob: {
    resource: 'storage',
    knock: () =>
      knock('https://planesst.blob.core.windows.net/?comp=list', storageAudience, version),
    refusal: '<Code>AuthorizationFailure</Code>',
    open: enabled,
    opened: 200,
  },
  file: {
    resource: 'storage',
    knock: () =>
      knock('https://planesst.file.core.windows.net/?comp=list', storageAudience, {
        ...version,
        'x-ms-file-request-intent': 'backup',
      }),
    refusal: '<Code>AuthorizationFailure</Code>',
    open: enabled,
    opened: 200,
  },
  registry: {
    resource: 'registry',
    knock: () => knock('https://planescr.azurecr.io/v2/'),
    refusal: `"DENIED","message":"client with IP '${runner}' is not allowed access.`,
    open: enabled,
    opened: 401,
  },
  'data endpoint': {
    resource: 'registry',
    knock: () => knock(`https://planescr.${location}.data.azurecr.io/`),
    refusal: '"DENIED"',
    open: enabled,
    opened: 404,
  },
  workspace: {
    resource: 'workspace',
    knock: () => knock(`https://${workspaceHost()}/discovery`, armAudience),
    refusal: 'Access to workspace was denied based on workspace private link configuration.',
    open: enabled,
    opened: 200,
  },
  'web app': {
    resource: 'site',
    knock: () => knock('https://planes-app.azurewebsites.net/'),
    refusal: 'has blocked your access',
    open: { ...enabled, siteConfig: { ipSecurityRestrictionsDefaultAction: 'Allow' } },
    opened: 200,
  },
  'scm site': {
    resource: 'site',
    knock: () => knock('https://planes-app.scm.azurewebsites.net/api/deployments', armAudience),
    refusal: 'has blocked your access',
    open: enabled,
    opened: 200,
  },
};

describe('data planes from outside', () => {
  it.each(Object.entries(planes))(
    '%s refuses by its network, and answers once it was opened by a plain PATCH',
    async (_name, plane) => {
      const closed = await plane.knock();
      expect([closed.status, closed.text]).toEqual([403, expect.stringContaining(plane.refusal)]);
      await patch(plane.resource, plane.open);
      expect((await plane.knock()).status).toBe(plane.opened);
      await patch(plane.resource, {
        publicNetworkAccess: 'Disabled',
        ...(plane.resource === 'site'
          ? { siteConfig: { ipSecurityRestrictionsDefaultAction: 'Deny' } }
          : {}),
      });
      expect((await plane.knock()).status).toBe(403);
    },
  );

  it('are open to an address that their rules name, and to no other', async () => {
    const rules = (value: string) => ({
      defaultAction: 'Deny',
      ipRules: [{ value, action: 'Allow' }],
    });
    const lists: readonly (readonly [string, string])[] = [
      ['vault', 'networkAcls'],
      ['blob', 'networkAcls'],
      ['registry', 'networkRuleSet'],
    ];
    for (const [name, list] of lists) {
      const plane = planes[name];
      if (plane === undefined) throw new Error(name);
      await patch(plane.resource, { ...enabled, [list]: rules('192.0.2.0/24') });
      expect([name, (await plane.knock()).status]).toEqual([name, 403]);
      await patch(plane.resource, { [list]: rules(runner) });
      expect([name, (await plane.knock()).status]).toEqual([name, plane.opened]);
      await patch(plane.resource, { publicNetworkAccess: 'Disabled' });
    }
  });

  it('say with which address they refuse: vault and web app', async () => {
    await patch('vault', { ...enabled, networkAcls: { defaultAction: 'Deny', ipRules: [] } });
    const vault = await planes['vault']?.knock();
    expect(vault?.text).toContain(`Client address: ${runner}`);
    expect(vault?.text).toContain('"ForbiddenByFirewall"');
    await patch('vault', { publicNetworkAccess: 'Disabled' });
    const site = await planes['web app']?.knock();
    expect(site?.headers['x-ms-forbidden-ip']).toBe(runner);
  });

  it('ask for a token before the network where the service does: the vault alone', async () => {
    const vault = await knock('https://planes-kv.vault.azure.net/secrets?api-version=7.4');
    const blob = await knock(
      'https://planesst.blob.core.windows.net/?comp=list',
      undefined,
      version,
    );
    expect([vault.status, blob.status]).toEqual([401, 403]);
  });

  it('show that an opened scm site is open while the restrictions of the app still hold', async () => {
    await patch('site', enabled);
    const statuses = [
      (await planes['web app']?.knock())?.status,
      (await planes['scm site']?.knock())?.status,
    ];
    await patch('site', { publicNetworkAccess: 'Disabled' });
    expect(statuses).toEqual([403, 200]);
  });

  it('exchange tokens for a registry that is open, and list its images', async () => {
    await patch('registry', enabled);
    const post = async (path: string, form: Record<string, string>) =>
      (
        await sendThrough(azure, {
          method: 'POST',
          url: `https://planescr.azurecr.io/oauth2/${path}`,
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
          body: new URLSearchParams({ service: 'planescr.azurecr.io', ...form }).toString(),
        })
      ).json<Record<string, string>>();
    const { refresh_token = '' } = await post('exchange', {
      grant_type: 'access_token',
      access_token: token,
    });
    const { access_token = '' } = await post('token', {
      grant_type: 'refresh_token',
      refresh_token,
    });
    const headers = { authorization: `Bearer ${access_token}` };
    const url = 'https://planescr.azurecr.io/v2/_catalog';
    expect((await sendThrough(azure, { url, headers })).json()).toEqual({ repositories: [] });
    await patch('registry', { publicNetworkAccess: 'Disabled' });
    expect((await sendThrough(azure, { url, headers })).status).toBe(403);
  });
});
