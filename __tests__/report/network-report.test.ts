import { describe, expect, it } from '@jest/globals';
import { failureOf } from '../../src/commands/verify.ts';
import { armEvidence } from '../../src/network/arm-evidence.ts';
import { readDeployed } from '../../src/network/arm/read-deployed.ts';
import type { Evidence } from '../../src/network/evidence.ts';
import { promiseOf } from '../../src/network/promises.ts';
import type { Proof } from '../../src/network/proof.ts';
import { residualOf } from '../../src/network/residual.ts';
import { flowchart } from '../../src/report/mermaid.ts';
import { networkReport } from '../../src/report/network-report.ts';
import { provenanceOf } from '../../src/report/provenance.ts';
import type { Outputs } from '../../src/terraform/outputs.ts';
import {
  armWith,
  closedEnvironment,
  environment,
  principals,
} from '../network/closed-environment.ts';
import type { Answers } from '../network/closed-environment.ts';
import { subscriptionId } from '../support/settings.ts';
import { workshop } from '../support/workshop.ts';
import { expectGolden } from './golden.ts';

async function proofOf(
  change: (answers: Answers) => void = () => undefined,
  outputs: Outputs = environment(),
): Promise<Proof> {
  const answers = closedEnvironment();
  change(answers);
  const deployed = await readDeployed(outputs, armWith(answers));
  const evidence = armEvidence(outputs, deployed);
  return { deployed, evidence, residual: residualOf(outputs, deployed) };
}

const reportOf = async (change?: (answers: Answers) => void): Promise<string> =>
  networkReport(await proofOf(change), environment(), 'lab', provenance);

const provenance = [
  ['date', '2026-03-01T00:00:00.000Z'],
  ['commit', 'OWNER/research at 0123456'],
] as const;

const picture = (report: string): string =>
  /```mermaid\n([\s\S]*?)\n```/.exec(report)?.[1] ?? 'no picture';

const accounts = 'Microsoft.Storage/storageAccounts/';
const network = 'Microsoft.Network/virtualNetworks/';

/** A closed account, opened, and a subnet whose route is gone. */
function open(answers: Answers): void {
  const [account] = answers[accounts] as unknown as { properties: Record<string, unknown> }[];
  if (account !== undefined) account.properties['publicNetworkAccess'] = 'Enabled';
  const [vnet] = answers[network] as unknown as {
    properties: { subnets: { name: string; properties: Record<string, unknown> }[] };
  }[];
  const probe = vnet?.properties.subnets.find(({ name }) => name === 'probe');
  delete probe?.properties['routeTable'];
  answers['Microsoft.Network/privateDnsZones/privatelink.azurecr.io/virtualNetworkLinks/'] = [];
}

const evil = [
  '"]\nend\nclick n1 "https://evil.test"',
  '1. list',
  '- list',
  '`code` | cell |',
  '</text><script>alert(1)</script>',
  '%%{init: {"securityLevel":"loose"}}%%',
  '#quot;',
  '```\n# heading',
  '<!-- -->',
  '@team [link](https://evil.test) www.evil.test',
];

/** Accounts and subnets whose names were chosen to break the report. */
function hostile(answers: Answers): void {
  const list = answers[accounts] as unknown as unknown[];
  list.push(...evil.map((name) => ({ id: `/x/${name}`, name, properties: {} })));
  const [vnet] = answers[network] as unknown as { properties: { subnets: unknown[] } }[];
  const subnets = evil.map((name) => ({ id: name, name, properties: { addressPrefix: name } }));
  vnet?.properties.subnets.push(...subnets);
}

describe('the report on the network', () => {
  it('is the same for the same proof', async () => {
    expectGolden('network/open.md', await reportOf(open));
  });

  it('names the verdict, then what is open', async () => {
    expect(await reportOf()).toMatch(/^## The network of lab: closed\n/);
    const report = await reportOf(open);
    expect(report).toMatch(/^## The network of lab: not proven to be closed\n/);
    expect(report.indexOf('### Not as promised')).toBeLessThan(report.indexOf('### As deployed'));
    expect(report.indexOf('### As deployed')).toBeLessThan(report.indexOf('### Closed'));
  });

  it('says below its heading what the verdict excepts, and where it comes from', async () => {
    const report = await reportOf((answers) => {
      answers['Microsoft.MachineLearningServices/workspaces/lab-ml/computes/'] = [];
    });
    expect(report).toMatch(
      /^## The network of lab: closed, with exceptions\n\nNot part of the verdict:\n\n- compute-closed, computes: there are none yet/,
    );
    expect(report).toContain('| date | 2026-03-01T00:00:00.000Z |');
  });

  it('shortens long subjects in the middle', async () => {
    const name = 'lab-workspace-pe.nic.01234567-89ab-cdef-0123-456789abcdef';
    const longer = `${'0123456789abcdef'.repeat(8)}-end`;
    const report = await reportOf((answers) => {
      const list = answers['Microsoft.Network/networkInterfaces/'] as unknown as unknown[];
      for (const one of [name, longer]) {
        list.push({ id: `/x/${one}`, name: one, properties: { ipConfigurations: [] } });
      }
    });
    expect(report).toContain('| network interface lab-workspace-pe.nic.0123…cdef |');
    expect(report).toMatch(/\| network interface [0-9a-f]{42}…[0-9a-f]{26}-end \|/);
  });

  it('folds the long lists', async () => {
    const report = await reportOf();
    expect(report.match(/<details>/g)).toHaveLength(2);
    expect(report.match(/<\/details>/g)).toHaveLength(2);
    expect(Buffer.byteLength(report)).toBeLessThan(60_000);
  });

  it('keeps names that were chosen to break it inside their cells', async () => {
    const report = await reportOf(hostile);
    const text = report.replace(/```mermaid[\s\S]*?\n```/, '');
    expect(text).not.toMatch(/<script>|<!--|@team|[^\\]\[link\]|https:\/\/evil|www\.evil|^# /m);
    for (const row of text.split('\n').filter((line) => line.startsWith('| '))) {
      expect([3, 4, 5, 6]).toContain(row.match(/(?<!\\)\|/g)?.length);
    }
  });
});

describe('the picture of the network', () => {
  it('is drawn without red where nothing is open', async () => {
    const drawn = picture(await reportOf());
    expect(drawn).not.toMatch(/^ +class |linkStyle|public access on|Holes elsewhere/m);
    for (const what of [
      'subnet jumpbox, 10.1.4.0/28',
      'firewall lab-firewall<br/>10.1.1.4<br/>public 203.0.113.1',
      'endpoint lab-vault-pe<br/>10.1.0.5',
      'compute lab-cluster',
      'allow-list, 2 rows, nothing comes in',
      'public access off',
      'Bastion lab-bastion<br/>Developer',
      'Run Command',
      'by service endpoint<br/>Microsoft.Storage<br/>labstabc123<br/>MachineLearning',
    ]) {
      expect(drawn).toContain(what);
    }
  });

  it('shows holes in red, where they are', async () => {
    const drawn = picture(await reportOf(open));
    const account = /(n\d+)\["storage account labstabc123"\]/.exec(drawn)?.[1];
    const probe = /subgraph (f\d+)\["subnet probe/.exec(drawn)?.[1];
    const zone = /(n\d+)\["zone-linked<br\/>privatelink.azurecr.io"\]/.exec(drawn)?.[1];
    const red = /^ +class ([\w,]+) hole$/m.exec(drawn)?.[1]?.split(',');
    expect(red?.toSorted()).toEqual([account, probe, zone].toSorted());
    expect(drawn).toContain(`${account} <==>|"public access on"| n1`);
    expect(drawn).toContain(`${probe} ==>|"not by the firewall"| n1`);
    expect(/linkStyle (.*) stroke/.exec(drawn)?.[1]?.split(',')).toHaveLength(2);
  });

  it('says of no frame that it is shut beside a red node', async () => {
    const drawn = picture(await reportOf(open));
    const frame = (title: string): string =>
      new RegExp(`"${title}"\\]\n([\\s\\S]*?)\n  end`).exec(drawn)?.[1] ?? '';
    expect(frame('Services that answer the internet')).toContain('storage account labstabc123');
    expect(frame('Services')).not.toContain('storage account labstabc123');
    expect(drawn).toContain('public access off');
  });

  it('draws what the probe reached though nobody listed it from the probe', async () => {
    const proof = await proofOf();
    const holes = ['blocked-bare-address', 'blocked-unlisted-host'].map((check) => ({
      ...{ check, subject: '1.1.1.1', from: 'inside', result: 'hole', seen: 'status 200' },
    })) as Evidence[];
    const evidence = [...proof.evidence, ...holes];
    const drawn = picture(networkReport({ ...proof, evidence }, environment(), 'lab', provenance));
    const probe = /(n\d+)\["machine lab-probe/.exec(drawn)?.[1];
    expect(drawn).toContain(`${probe} ==>|"2 hosts not on the list, reached"| n1`);
    expect(drawn).not.toContain('Holes elsewhere');
  });

  it('shows storage in a colour of its own where its guard is off', async () => {
    const [row] = environment().egress;
    const storage = { ...row!, name: 'batch-storage', destinations: ['Storage.westeurope'] };
    const outputs = { ...environment(), egress: [storage] };
    const proof = await proofOf(undefined, outputs);
    const drawn = picture(networkReport(proof, outputs, 'lab', provenance));
    expect(drawn).toContain('Storage<br/>every account of the region');
    expect(drawn).toMatch(/linkStyle \d+ stroke:#d07000/);
  });

  it('cannot be broken by names', async () => {
    const drawn = picture(await reportOf(hostile));
    const lines = drawn.split('\n');
    const node = /^ +n\d+(\["[^"`#<>{}|]*"\]|\(\["[^"`#<>{}|]*"\]\))$/;
    const frame = /^ +(subgraph f\d+\["[^"`#<>{}|]*"\]|end)$/;
    const edge = /^ {2}[nf]\d+ (-->|==>|<==>|x--x|-\.->)(\|"[^"`#<>{}|]*"\|)? [nf]\d+$/;
    const style = /^ {2}(classDef hole [\w:#,-]+|class [nf\d,]+ hole|linkStyle [\d,]+ [\w:#,-]+)$/;
    const wrong = lines
      .slice(1)
      .map((line) => line.replaceAll('<br/>', ' '))
      .filter((line) => ![node, frame, edge, style].some((pattern) => pattern.test(line)));
    expect(wrong).toEqual([]);
  });

  it('draws no line of a label as a list', () => {
    const chart = flowchart();
    chart.node(['1. first', '- second', '  ', 'third']);
    expect(chart.done()).toContain('n1["1 first<br/>second<br/>third"]');
  });
});

describe('what is not closed', () => {
  const namesIn = async (change?: (answers: Answers) => void, outputs?: Outputs) =>
    (await proofOf(change, outputs)).residual.map(({ name }) => name);

  it('names each row of the list and each way that no check can close', async () => {
    expect(await namesIn()).toEqual([
      'Allow-list: login.microsoftonline.com',
      'Allow-list: entra',
      'Storage of other tenants',
      'Names (DNS)',
      'Control plane (ARM)',
      'What stands above the group',
      'Run Command',
      "The workspace's own identity",
      "Microsoft's own machines",
      'Trusted services of Azure',
      'Account keys',
      'Bastion',
      'Account of the state',
      'Logs',
      'Sign-in to other tenants',
    ]);
  });

  it('follows what is deployed', async () => {
    const names = await namesIn((answers) => {
      answers['Microsoft.Network/bastionHosts/'] = [];
      answers['Microsoft.OperationalInsights/workspaces/'] = [];
      answers['Microsoft.Insights/components/'] = [];
      const [account] = answers[accounts] as unknown as { properties: Record<string, unknown> }[];
      if (account !== undefined) account.properties['allowSharedKeyAccess'] = false;
    });
    expect(names).not.toContain('Bastion');
    expect(names).not.toContain('Logs');
    expect(names).not.toContain('Account keys');
  });

  it('says so where the storage guard is off', async () => {
    const [row] = environment().egress;
    if (row === undefined) throw new Error('no row');
    const storage = { ...row, name: 'batch-storage', destinations: ['Storage.westeurope'] };
    const outputs = { ...environment(), egress: [storage] };
    const { residual } = await proofOf(undefined, outputs);
    const said = residual.find(({ name }) => name === 'Storage of other tenants');
    expect(said?.open).toContain('every storage account of the region');
    expect(said?.narrowed).toContain('storage_guard');
  });

  it('names each place outside the group that logs go to', async () => {
    const said = async (properties: Record<string, string>) => {
      const { residual } = await proofOf((answers) => {
        const path = 'vaults/lab-kv-abc123/providers/Microsoft.Insights/diagnosticSettings/';
        answers[path] = [{ name: 'siem', properties }];
      });
      return residual.find(({ name }) => name === 'Logs')?.open;
    };
    expect(await said({})).not.toContain('past the firewall');
    for (const member of ['workspaceId', 'storageAccountId', 'eventHubAuthorizationRuleId']) {
      expect(await said({ [member]: '/subscriptions/x/y' })).toContain(
        'past the firewall: lab-kv-abc123 (siem) to /subscriptions/x/y.',
      );
    }
  });

  it('says so where keys open the logs', async () => {
    const { residual } = await proofOf((answers) => {
      const [store] = answers['Microsoft.Insights/components/'] as unknown as {
        properties: Record<string, unknown>;
      }[];
      if (store !== undefined) delete store.properties['DisableLocalAuth'];
    });
    const said = residual.find(({ name }) => name === 'Logs')?.narrowed;
    expect(said).toContain('Keys open lab-insights, too.');
  });

  it('names what may run outside the network: endpoints, and jobs without a compute where no subnet takes them', async () => {
    const serverlessComputeSettings = {
      ...{ serverlessComputeCustomSubnet: '/x/y', serverlessComputeNoPublicIP: true },
    };
    const said = async (settings: unknown): Promise<string | undefined> => {
      const { residual } = await proofOf((answers) => {
        const [one] = answers['Microsoft.MachineLearningServices/workspaces/'] as unknown as {
          properties: Record<string, unknown>;
        }[];
        if (one !== undefined)
          one.properties = { ...one.properties, serverlessComputeSettings: settings };
      });
      return residual.find(({ name }) => name === "Microsoft's own machines")?.open;
    };
    expect(await said(undefined)).toContain('lab-ml can submit one without a compute');
    const narrowed = await said(serverlessComputeSettings);
    expect(narrowed).toContain('Whoever may make an endpoint in lab-ml');
    expect(narrowed).not.toContain('can submit one');
  });

  it('counts who may open it again', async () => {
    const { residual } = await proofOf();
    const said = residual.find(({ name }) => name === 'Control plane (ARM)');
    expect(said?.open).toContain('ARM lists 1 principal with such a role');
    expect(said?.holders).toEqual([[`${principals.deployer} (User)`, 'Contributor', 'the group']]);
  });

  const openers = async (actions: readonly string[], scope: string) => {
    const { residual } = await proofOf((answers) => {
      const list = answers['Microsoft.Authorization/roleAssignments/'] as unknown as unknown[];
      list.push({
        properties: {
          ...{ principalId: 'somebody', principalType: 'User', scope },
          roleDefinitionId: '/x/Microsoft.Authorization/roleDefinitions/made',
        },
      });
      answers['Microsoft.Authorization/roleDefinitions/made'] = {
        properties: { roleName: 'Made', permissions: [{ actions }] },
      };
    });
    const of = (name: string) => residual.find((one) => one.name === name);
    const holders = of('Control plane (ARM)')?.holders ?? [];
    return {
      found: holders.filter(([who]) => who === 'somebody (User)').map((one) => one.at(-1)),
      commands: of('Run Command')?.open.includes('User somebody (Made)'),
      keys: of('Account keys')?.open.includes('User somebody (Made)'),
    };
  };
  const group = `/subscriptions/${subscriptionId}/resourceGroups/innereye-lab`;
  const below = `${group}/providers/Microsoft.Compute/virtualMachines/lab-probe`;

  it.each([
    [['*'], group, ['the group'], true, true],
    [['*'], '/', ['the whole tenant'], true, true],
    [['*/write'], `/subscriptions/${subscriptionId}`, ['the subscription'], true, false],
    [
      ['Microsoft.Compute/virtualMachines/runCommand/action'],
      '/providers/Microsoft.Management/managementGroups/top',
      ['management group top'],
      true,
      false,
    ],
    [['Microsoft.Compute/virtualMachines/*'], below, ['lab-probe'], true, false],
    [['Microsoft.Storage/storageAccounts/listkeys/action'], group, ['the group'], false, true],
    [['Microsoft.Network/*'], `${group}/providers/x/lab-vnet`, ['lab-vnet'], false, false],
    [['microsoft.authorization/roleAssignments/write'], group, ['the group'], false, false],
    [['*/read', 'Microsoft.Network/*/read', 'Microsoft.Insights/*'], group, [], false, false],
  ])('names who holds %j on %s', async (actions, scope, found, commands, keys) => {
    expect(await openers(actions, scope)).toEqual({ found, commands, keys });
  });
});

describe('the failure of a proof', () => {
  const one = (result: Evidence['result'], subject: string): Evidence => ({
    ...{ check: 'c', subject, from: 'arm', result, seen: 'x'.repeat(500) },
  });

  it('lets nothing act that a name holds', () => {
    const text = failureOf([one('hole', 'rule\n::error::\u202egnol')]);
    expect(text).toContain('rule\\n::error::\\u202egnol');
  });

  it('names the first few, holes first, and is short', () => {
    const unproven = one('unproven', 'u');
    const holes = ['a', 'b', 'c', 'd', 'e', 'f'].map((subject) => one('hole', subject));
    const text = failureOf([unproven, ...holes]);
    expect(text).toMatch(
      /^The network is not proven to be closed: 6 holes, 1 not proven\.\n- c: a:/,
    );
    expect(text).toContain('- and 2 more');
    expect(text).not.toContain('c: u:');
    expect(text).toMatch(/deploy puts back what drifted/);
    expect(failureOf([unproven])).not.toMatch(/drift/);
    expect(text.length).toBeLessThan(1500);
  });
});

describe('what a person signs', () => {
  it('names when, what, and by which run of which code', () => {
    const { tools } = workshop();
    const rows = Object.fromEntries(provenanceOf(environment(), tools));
    expect(rows).toMatchObject({
      ...{ subscription: subscriptionId, region: 'westeurope', 'resource group': 'innereye-lab' },
      repository: 'OWNER/research',
      commit: '0123456789abcdef0123456789abcdef01234567',
      run: '4711, attempt 1',
    });
    expect(rows).not.toHaveProperty('action');
    const env = { GITHUB_ACTION_REPOSITORY: 'OWNER/action', GITHUB_ACTION_REF: 'v1' };
    expect(provenanceOf(environment(), { ...tools, env })).toContainEqual([
      ...['action', 'OWNER/action at v1'],
    ]);
  });
});

describe('the promises', () => {
  it('has words for every check of ARM’s part, and counts families together', async () => {
    const { evidence } = await proofOf(hostile);
    expect(evidence.filter(({ check }) => promiseOf(check).promise === '')).toEqual([]);
    expect(promiseOf('refused-vault').family).toBe('refused-…');
    expect(promiseOf('made-up')).toEqual({ family: 'made-up', promise: '' });
    expect(promiseOf('constructor').promise).toBe('');
  });
});
