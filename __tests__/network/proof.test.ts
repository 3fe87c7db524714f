import { describe, expect, it } from '@jest/globals';
import { summaryOf } from '../../src/commands/verify.ts';
import { inRanges } from '../../src/network/address.ts';
import { armEvidence } from '../../src/network/arm-evidence.ts';
import { breaksProof } from '../../src/network/evidence.ts';
import { insideEvidence } from '../../src/network/inside-evidence.ts';
import { outsideEvidence, outsideSkipped } from '../../src/network/outside-evidence.ts';
import type { Look, Sight } from '../../src/network/vantage.ts';
import { sight, unreached } from '../support/contract-app.ts';
import type { Script } from '../support/fake-arm.ts';
import { fakeArm } from '../support/fake-arm.ts';
import { outputs } from '../support/settings.ts';

const table = '/routeTables/firewall';
const route = (nextHopType: string) => ({
  properties: { addressPrefix: '0.0.0.0/0', nextHopType, nextHopIpAddress: '10.1.1.4' },
});
const subnet = (name: string, routeTable?: { id: string }) => ({
  name,
  properties: { routeTable },
});
const off = () => ({ properties: { publicNetworkAccess: 'Disabled' } });
const endpoint = (status: string) => ({
  name: 'vault-endpoint',
  properties: {
    privateLinkServiceConnections: [
      { properties: { privateLinkServiceConnectionState: { status } } },
    ],
  },
});

/** ARM as it answers for a closed network. */
const closed: Script = {
  'LIST /networkInterfaces': () => [
    { name: 'probe-nic', properties: { ipConfigurations: [{ properties: {} }] } },
  ],
  'LIST /privateEndpoints': () => [endpoint('Approved')],
  'GET /virtualNetworks/lab-vnet': () => ({
    properties: {
      addressSpace: { addressPrefixes: ['10.1.0.0/16'] },
      subnets: [subnet('default', { id: table }), subnet('AzureFirewallSubnet')],
    },
  }),
  [`GET ${table}`]: () => ({ properties: { routes: [route('VirtualAppliance')] } }),
  'GET /storageAccounts/labstabc123': off,
  'GET /vaults/lab-kv-abc123': off,
  'GET /registries/labcrabc123': off,
  'GET /workspaces/lab-ml': () => ({
    properties: {
      publicNetworkAccess: 'disabled',
      workspaceId: '12345678-1234-1234-1234-123456789abc',
    },
  }),
  'GET /sites/lab-inference-abc123': off,
};

const holesIn = async (changed: Script) =>
  (await armEvidence(outputs(), fakeArm({ ...closed, ...changed })))
    .filter(breaksProof)
    .map(({ check, subject }) => `${check}: ${subject}`);

describe('the proof from ARM', () => {
  it('finds no hole in a closed network', async () => {
    expect(await holesIn({})).toEqual([]);
  });

  const publicIp = { properties: { publicIPAddress: { id: '/publicIPAddresses/open' } } };
  const on = () => ({ properties: { publicNetworkAccess: 'Enabled' } });
  const mutations: [string, Script, string][] = [
    [
      'a public address',
      {
        'LIST /networkInterfaces': () => [
          { name: 'probe-nic', properties: { ipConfigurations: [publicIp] } },
        ],
      },
      'no-public-address: probe-nic',
    ],
    [
      'no interface to look at',
      { 'LIST /networkInterfaces': () => [] },
      'no-public-address: network interfaces',
    ],
    [
      'an open storage account',
      { 'GET /storageAccounts/labstabc123': on },
      'public-access-off: storageAccounts labstabc123',
    ],
    [
      'a vault that says nothing',
      { 'GET /vaults/lab-kv-abc123': () => ({ properties: {} }) },
      'public-access-off: vaults lab-kv-abc123',
    ],
    [
      'an open registry',
      { 'GET /registries/labcrabc123': on },
      'public-access-off: registries labcrabc123',
    ],
    ['an open workspace', { 'GET /workspaces/lab-ml': on }, 'public-access-off: workspaces lab-ml'],
    [
      'a web app that is gone',
      { 'GET /sites/lab-inference-abc123': () => undefined },
      'public-access-off: sites lab-inference-abc123',
    ],
    [
      'a route to the internet',
      { [`GET ${table}`]: () => ({ properties: { routes: [route('Internet')] } }) },
      'way-out-by-firewall: subnet default',
    ],
    [
      'a route table without the route',
      { [`GET ${table}`]: () => ({ properties: { routes: [] } }) },
      'way-out-by-firewall: subnet default',
    ],
    [
      'a subnet without a route table',
      {
        'GET /virtualNetworks/lab-vnet': () => ({ properties: { subnets: [subnet('inference')] } }),
      },
      'way-out-by-firewall: subnet inference',
    ],
    [
      'a network that is gone',
      { 'GET /virtualNetworks/lab-vnet': () => undefined },
      'way-out-by-firewall: subnets',
    ],
    [
      'an endpoint nobody approved',
      { 'LIST /privateEndpoints': () => [endpoint('Pending')] },
      'endpoint-approved: vault-endpoint',
    ],
    [
      'an endpoint without a connection',
      { 'LIST /privateEndpoints': () => [{ name: 'lonely', properties: {} }] },
      'endpoint-approved: lonely',
    ],
    [
      'no endpoint at all',
      { 'LIST /privateEndpoints': () => [] },
      'endpoint-approved: private endpoints',
    ],
  ];
  it.each(mutations)('finds %s', async (_, changed, hole) => {
    expect(await holesIn(changed)).toEqual([hole]);
  });
});

const vault403 = (code: string) =>
  sight(
    'vault',
    403,
    'application/json',
    JSON.stringify({ error: { code: 'Forbidden', innererror: { code } } }),
  );
const blob403 = (code: string) =>
  sight('blob', 403, 'application/xml', `<?xml version="1.0"?><Error><Code>${code}</Code></Error>`);
const refused: Readonly<Record<string, Sight>> = {
  vault: vault403('ForbiddenByConnection'),
  blob: blob403('AuthorizationFailure'),
  'web-app': sight('web-app', 403, 'text/html', '<html>Ip Forbidden</html>'),
};

async function fromOutside(changed: Readonly<Record<string, Sight>> = {}) {
  const looks: Look[] = [];
  const evidence = await outsideEvidence(outputs(), {
    look: async (wanted) => {
      looks.push(...wanted);
      return wanted.map(({ name }) => changed[name] ?? refused[name] ?? unreached(name));
    },
  });
  return {
    looks,
    results: Object.fromEntries(evidence.map(({ check, result }) => [check, result])),
  };
}

describe('the proof from outside', () => {
  it('takes the network’s own refusals of authorised requests', async () => {
    const { looks, results } = await fromOutside();
    expect(results).toEqual({
      'refused-vault': 'closed',
      'refused-blob': 'closed',
      'refused-web-app': 'closed',
    });
    expect(looks.map(({ bearer }) => bearer)).toEqual([
      'https://vault.azure.net',
      'https://storage.azure.com',
      undefined,
    ]);
  });

  it('takes a door that does not connect', async () => {
    const { results } = await fromOutside({
      vault: unreached('vault'),
      blob: unreached('blob'),
      'web-app': unreached('web-app'),
    });
    expect(new Set(Object.values(results))).toEqual(new Set(['closed']));
  });

  it.each([
    ['refused-vault', 'unproven', { vault: sight('vault', 401, 'application/json', '{}') }],
    ['refused-vault', 'hole', { vault: vault403('ForbiddenByRbac') }],
    [
      'refused-vault',
      'hole',
      { vault: sight('vault', 200, 'application/json', '"ForbiddenByConnection"') },
    ],
    [
      'refused-vault',
      'unproven',
      { vault: { ...unreached('vault'), failure: { kind: 'token' as const, text: 'none' } } },
    ],
    ['refused-blob', 'unproven', { blob: sight('blob', 401, 'application/xml', '') }],
    ['refused-blob', 'hole', { blob: blob403('AuthorizationPermissionMismatch') }],
    ['refused-blob', 'hole', { blob: sight('blob', 200, 'application/xml', '') }],
    ['refused-web-app', 'hole', { 'web-app': sight('web-app', 200, 'application/json', '{}') }],
    ['refused-web-app', 'hole', { 'web-app': sight('web-app', 503, 'text/html', '') }],
    ['refused-web-app', 'hole', { 'web-app': sight('web-app', 403, 'application/json', '{}') }],
  ])('judges %s as %s', async (check, result, changed) => {
    expect((await fromOutside(changed as Record<string, Sight>)).results[check]).toBe(result);
  });

  it('says what was not looked at', () => {
    expect(new Set(outsideSkipped(outputs()).map(({ result }) => result))).toEqual(
      new Set(['skipped']),
    );
  });
});

const at = (name: string, address: string, status = 401): Sight => ({
  ...sight(name, status, 'text/plain', ''),
  ...{ resolved: [address], remoteAddress: address },
});

async function fromInside(changed: Readonly<Record<string, Sight>> = {}) {
  const evidence = await insideEvidence(outputs(), fakeArm(closed), {
    look: async (wanted) =>
      wanted.map(({ name }) => {
        if (changed[name]) return changed[name];
        return name === 'not-listed' ? unreached(name) : at(name, '10.1.0.7');
      }),
  });
  return evidence.filter(breaksProof).map(({ check }) => check);
}

describe('the proof from inside', () => {
  it('finds no hole in a closed network', async () => {
    expect(await fromInside()).toEqual([]);
  });

  it.each([
    ['private-vault', { vault: at('vault', '20.1.2.3') }],
    ['private-blob', { blob: unreached('blob') }],
    [
      'private-registry',
      { registry: { ...at('registry', '10.1.0.5'), resolved: ['10.1.0.5', '52.1.1.1'] } },
    ],
    [
      'private-workspace',
      { workspace: { ...at('workspace', ''), resolved: [], remoteAddress: '' } },
    ],
    ['private-web-app', { 'web-app': at('web-app', '10.2.0.1', 200) }],
    ['listed-host-reachable', { listed: unreached('listed') }],
    ['unlisted-host-blocked', { 'not-listed': at('not-listed', '23.1.1.1', 200) }],
    [
      'unlisted-host-blocked',
      { 'not-listed': { ...unreached('x'), failure: { kind: 'token' as const, text: '' } } },
    ],
  ])('names %s', async (check, changed) => {
    expect(await fromInside(changed as Record<string, Sight>)).toEqual([check]);
  });
});

describe('an address', () => {
  it.each([
    ['10.1.0.7', true],
    ['10.1.255.255', true],
    ['10.2.0.0', false],
    ['', false],
    ['10.1', false],
    ['10.1.0.700', false],
  ])('%s is in 10.1.0.0/16: %s', (address, inside) => {
    expect(inRanges(address, ['192.168.0.0/24', '10.1.0.0/16'])).toBe(inside);
  });
});

describe('the table of evidence', () => {
  it('keeps hostile text inside its cell', () => {
    const seen = 'a | b\n| x | <script> `code` @team [link](https://evil.test) ![i](x)';
    const summary = summaryOf(
      [{ check: 'c', subject: 's', from: 'inside', result: 'hole', seen }],
      'lab',
    );
    const row = summary.split('\n').find((line) => line.startsWith('| c '));
    expect(row?.match(/(?<!\\)\|/g)).toHaveLength(6);
    expect(row).not.toMatch(/<script>|[^\\]`|@team|[^\\]\[link\]/);
    expect(summary).toContain('not proven to be closed');
  });
});
