import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Bundle, Job } from './workflows/parser.ts';
import { simulate } from './workflows/simulation.ts';
import type { Outcome, Play } from './workflows/simulation.ts';

/**
 * Reads every workflow of a staged tree with GitHub's own parser, and plays which jobs would run as
 * others fail, which act cannot: there a called workflow that fails ends its caller.
 * Usage: node scripts/workflow-graph.ts <bundle of the parser> <staged tree>
 */
const [bundle = '', tree = ''] = process.argv.slice(2);
const parser = (await import(pathToFileURL(bundle).href)) as Bundle;
const folder = join(tree, '.github/workflows');
const findings: string[] = [];

for (const name of readdirSync(folder).filter((file) => file.endsWith('.yml'))) await jobsOf(name);
const line = await jobsOf('environment.yml');
const fleet = await jobsOf('fleet.yml');

const both = { train: true, smoke: true };
const [yes, no, not] = ['success', 'failure', 'skipped'] as const;
const commands = [
  'plan',
  'deploy',
  'verify',
  'train',
  'smoke',
  'drift',
  'destroy',
  'environment',
  'image',
];
const only = (command: string, result: Outcome): Record<string, Outcome> =>
  Object.fromEntries(commands.map((one) => [one, one === command ? result : not]));

const plays: readonly [
  what: string,
  jobs: readonly Job[],
  play: Play,
  wanted: Record<string, Outcome>,
][] = [
  [
    'all goes well',
    line,
    { inputs: both },
    { deploy: yes, verify: yes, train: yes, smoke: yes, report: yes },
  ],
  [
    'deploy fails',
    line,
    { inputs: both, forced: { deploy: no } },
    { deploy: no, verify: not, train: not, smoke: not, report: yes },
  ],
  [
    'verify fails',
    line,
    { inputs: both, forced: { verify: no } },
    { deploy: yes, verify: no, train: not, smoke: not, report: yes },
  ],
  [
    'verify is cancelled',
    line,
    { inputs: both, forced: { verify: 'cancelled' } },
    { deploy: yes, verify: 'cancelled', train: not, smoke: not, report: yes },
  ],
  [
    'train fails',
    line,
    { inputs: both, forced: { train: no } },
    { deploy: yes, verify: yes, train: no, smoke: not, report: yes },
  ],
  [
    'smoke fails',
    line,
    { inputs: both, forced: { smoke: no } },
    { deploy: yes, verify: yes, train: yes, smoke: no, report: yes },
  ],
  [
    'no training',
    line,
    { inputs: { ...both, train: false } },
    { deploy: yes, verify: yes, train: not, smoke: yes, report: yes },
  ],
  [
    'no training, verify fails',
    line,
    { inputs: { ...both, train: false }, forced: { verify: no } },
    { deploy: yes, verify: no, train: not, smoke: not, report: yes },
  ],
  [
    'no smoke test',
    line,
    { inputs: { ...both, smoke: false } },
    { deploy: yes, verify: yes, train: yes, smoke: not, report: yes },
  ],
  [
    'the run is cancelled in train',
    line,
    { inputs: both, forced: { train: 'cancelled' }, cancelledAt: 'train' },
    { deploy: yes, verify: yes, train: 'cancelled', smoke: not, report: yes },
  ],
  [
    'the list is wrong',
    fleet,
    { inputs: { command: 'plan' }, forced: { read: no } },
    { read: no, ...only('none', not), report: yes },
  ],
  ...commands.flatMap((command) =>
    ([yes, no] as const).map((result): (typeof plays)[number] => [
      `${command} of a fleet: ${result}`,
      fleet,
      { inputs: { command }, forced: { [command]: result } },
      { read: yes, ...only(command, result), report: yes },
    ]),
  ),
];

for (const [what, jobs, play, wanted] of plays) {
  const seen = simulate(parser, jobs, play);
  for (const [job, result] of Object.entries({ ...seen, ...wanted })) {
    if (seen[job] !== wanted[job]) {
      findings.push(`${what}: ${job} is ${seen[job] ?? 'not there'}, not ${result}`);
    }
  }
}

for (const finding of findings) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;

/** The jobs of one file; what GitHub's parser says against it, or against a call in it, is a finding. */
async function jobsOf(name: string): Promise<readonly Job[]> {
  const file = (path: string): { name: string; content: string } => ({
    name: path,
    content: readFileSync(join(folder, path), 'utf8'),
  });
  const { context, value } = parser.parseWorkflow(file(name), new parser.NoOperationTraceWriter());
  const provider = {
    getFileContent: (ref: { path?: string }) =>
      Promise.resolve(file(ref.path?.split('/').at(-1) ?? '')),
  };
  const options = { fetchReusableWorkflowDepth: 1, errorPolicy: 1 };
  const template = await parser.convertWorkflowTemplate(context, value, provider, options);
  for (const { message } of context.errors.getErrors()) findings.push(`${name}: ${message}`);
  return template.jobs;
}
