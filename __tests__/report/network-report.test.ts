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
import type { Outputs } from '../../src/terraform/outputs.ts';
import { armWith, closedEnvironment, environment } from '../network/closed-environment.ts';
import type { Answers } from '../network/closed-environment.ts';
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
  networkReport(await proofOf(change), environment(), 'lab');

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
      expect([4, 5, 6]).toContain(row.match(/(?<!\\)\|/g)?.length);
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
      'labstabc123<br/>MachineLearning',
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
      'Run Command',
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

  it('counts who may open it again', async () => {
    const { residual } = await proofOf();
    const said = residual.find(({ name }) => name === 'Control plane (ARM)');
    expect(said?.open).toContain(
      'ARM lists 2 principals with one on the group or above it (Contributor)',
    );
  });
});

describe('the failure of a proof', () => {
  const one = (result: Evidence['result'], subject: string): Evidence => ({
    ...{ check: 'c', subject, from: 'arm', result, seen: 'x'.repeat(500) },
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
    expect(text.length).toBeLessThan(1500);
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
