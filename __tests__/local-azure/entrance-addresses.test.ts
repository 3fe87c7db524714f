import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { start, type LocalAzure } from '../../local-azure/index.ts';
import { change, group, policy, put } from './inside/closed-network.ts';

const address = '203.0.113.1';
const network = `${group}/providers/Microsoft.Network`;

let azure: LocalAzure;
beforeAll(async () => {
  azure = await start({ provider: 'none', pace: 0 });
  const { world } = azure;
  const subnet = (name: string) => ({ id: `${network}/virtualNetworks/v/subnets/${name}` });
  put(world, `${network}/virtualNetworks/v`, {
    addressSpace: { addressPrefixes: ['10.1.0.0/16'] },
  });
  put(world, subnet('AzureFirewallSubnet').id, { addressPrefixes: ['10.1.1.0/26'] });
  put(world, subnet('jumpbox').id, { addressPrefixes: ['10.1.4.0/28'] });
  put(world, `${network}/publicIPAddresses/fw`, {
    ipAddress: address,
    dnsSettings: { fqdn: 'lab.westeurope.cloudapp.azure.com' },
  });
  put(world, policy);
  put(world, `${network}/azureFirewalls/fw`, {
    firewallPolicy: { id: policy },
    ipConfigurations: [
      {
        properties: {
          privateIPAddress: '10.1.1.4',
          subnet: subnet('AzureFirewallSubnet'),
          publicIPAddress: { id: `${network}/publicIPAddresses/fw` },
        },
      },
    ],
  });
  put(world, `${network}/networkInterfaces/nic`, {
    ipConfigurations: [{ properties: { privateIPAddress: '10.1.4.4', subnet: subnet('jumpbox') } }],
  });
  put(world, `${group}/providers/Microsoft.Compute/virtualMachines/jumpbox`, {
    networkProfile: { networkInterfaces: [{ id: `${network}/networkInterfaces/nic` }] },
  });
  put(world, `${policy}/ruleCollectionGroups/inbound`, { ruleCollections: [] });
});
afterAll(() => azure.stop());

/** Asks the outside proxy for a TCP connection; gives its status, and whether it then just ended. */
function connect(target: string): Promise<{ status: number; said: string }> {
  const proxy = new URL(azure.proxyUrl);
  return new Promise((resolve, reject) => {
    request({
      host: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: target,
      agent: false,
    })
      .on('error', reject)
      .on('connect', (answer, socket, head: Buffer) => {
        let said = head.toString();
        socket.on('data', (bytes: Buffer) => (said += bytes.toString()));
        socket.on('error', reject);
        socket.on('close', () => resolve({ status: answer.statusCode ?? 0, said }));
      })
      .end();
  });
}

describe('a TCP connection from outside', () => {
  it('comes to nothing where no rule leads to a machine', async () => {
    expect(await connect(`${address}:3389`)).toMatchObject({
      status: 504,
      said: expect.stringContaining('no NAT rule'),
    });
    expect((await connect('203.0.113.200:22')).status).toBe(504);
    expect(azure.journal.unknown).toEqual([]);
  });

  it('is made, and ends, where a NAT rule leads to one, by address and by name', async () => {
    const rule = {
      ruleType: 'NatRule',
      ipProtocols: ['TCP'],
      sourceAddresses: ['*'],
      destinationAddresses: [address],
      destinationPorts: ['3389'],
      translatedAddress: '10.1.4.4',
      translatedPort: '3389',
    };
    change(azure.world, `${policy}/ruleCollectionGroups/inbound`, {
      ruleCollections: [{ ruleCollectionType: 'FirewallPolicyNatRuleCollection', rules: [rule] }],
    });
    const reached = { status: 200, said: '' };
    expect(await connect(`${address}:3389`)).toEqual(reached);
    expect(await connect('lab.westeurope.cloudapp.azure.com:3389')).toEqual(reached);
    expect((await connect(`${address}:22`)).status).toBe(504);
    expect(azure.journal.entries.at(-1)).toMatchObject({ status: 504, route: 'public address' });
  });
});
