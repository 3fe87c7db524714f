import { describe, expect, it } from '@jest/globals';
import { longestChain } from '../../bench/chain.ts';
import { stagesIn } from '../../bench/deploy.ts';
import { sumOf, verdictOf } from '../../bench/report.ts';
import { edgesIn, timesIn } from '../../bench/terraform-facts.ts';

const event = (type: string, second: number, key: string): string =>
  JSON.stringify({
    type,
    '@timestamp': `2026-11-22T12:00:0${second}.500Z`,
    hook: {
      resource: { addr: `a_subnet.all["${key}"]`, resource_type: 'a_subnet', resource_name: 'all' },
    },
  });

describe('the longest chain', () => {
  it('is the slowest of all ways through the graph, not the one with most steps', () => {
    const steps = [
      { name: 'group', seconds: 1, after: [] },
      { name: 'network', seconds: 2, after: ['group'] },
      { name: 'subnet', seconds: 2, after: ['network'] },
      { name: 'firewall', seconds: 9, after: ['group', 'data.of.no.time'] },
    ];
    expect(longestChain(steps)).toEqual({
      steps: [
        { name: 'group', seconds: 1 },
        { name: 'firewall', seconds: 9 },
      ],
      seconds: 10,
    });
  });

  it('goes through the stages before the network, its resources, and the longest stage after it', () => {
    const measured = {
      seconds: 22,
      stages: [
        { name: 'package', begin: 0, end: 2 },
        { name: 'plan', begin: 0, end: 3 },
        { name: 'network and workspace', begin: 3, end: 13 },
        { name: 'compute', begin: 13, end: 20 },
        { name: 'web app', begin: 13, end: 15 },
      ],
      resources: [
        { name: 'vnet', seconds: 4, all: 4, after: [] },
        { name: 'subnet', seconds: 5, all: 8, after: ['vnet'] },
      ],
    };
    const { chain, ratio } = verdictOf(measured);
    expect(chain.steps.map(({ name }) => name)).toEqual(['plan', 'vnet', 'subnet', 'compute']);
    expect(chain.seconds).toBe(19);
    expect(ratio).toBeCloseTo(22 / 19);
    expect(sumOf(measured)).toBe(2 + 3 + 7 + 2 + 4 + 8);
  });
});

describe('what is measured', () => {
  it('is the slowest instance of a block, and all of them together', () => {
    const lines = [
      event('apply_start', 0, 'a'),
      event('apply_start', 0, 'b'),
      event('apply_complete', 2, 'a'),
      event('apply_complete', 5, 'b'),
      'no event',
    ];
    expect(timesIn(lines.join('\n'))).toEqual([{ block: 'a_subnet.all', longest: 5, all: 7 }]);
  });

  it('is read from the graph and from the summary as they are printed', () => {
    const dot = '  "a.x" [label="a.x"];\n  "a.x" -> "b.y";\n  "a.x" -> "c.z";\n';
    expect([...edgesIn(dot)]).toEqual([['a.x', ['b.y', 'c.z']]]);
    expect(stagesIn('gantt\n  plan :0, 1500\n  web app :crit, 1500, 2000\n')).toEqual([
      { name: 'plan', begin: 0, end: 1.5 },
      { name: 'web app', begin: 1.5, end: 2 },
    ]);
  });
});
