import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/setup.md'), 'utf8');
const commands = [...page.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block);
let folder: string;

interface Walk {
  readonly calls: readonly string[];
  readonly ended: { readonly status: number | null; readonly stderr: string };
}

/** What the programs answer; a role is made once, as in Azure, where its name may exist once only. */
const answers = `case "$*" in
  *principalId*) echo 11111111-2222-3333-4444-555555555555 ;;
  *clientId*|*'--query id '*|*tenantId*) echo 99999999-2222-3333-4444-555555555555 ;;
  *'storage account list'*) echo "$STATE_ACCOUNT" ;;
  *'jq .id') echo 42 ;;
  *'--jq "repo'*) echo 'repo:OWNER@1/REPOSITORY@2' ;;
  *'--input -'*) printf ' <%s>' "$(cat)" >>"$CALLS" ;;
  'repo clone '*) mkdir "$4" ;;
  'rev-parse HEAD') echo 0123456789abcdef0123456789abcdef01234567 ;;
  'role definition create '*) mkdir "$CALLS.$5" 2>/dev/null ;;
esac`;

/**
 * Gives the commands to a bash that reads them as a person's does, history and all (there \`!\` in
 * double quotes means something), with programs that note how they are called.
 */
function walk(name: string, text: string, variables: Readonly<Record<string, string>> = {}): Walk {
  const cwd = join(folder, name, 'project');
  for (const part of ['examples', 'terraform/examples']) {
    cpSync(join(root, part), join(cwd, part), { recursive: true });
  }
  const [PATH, CALLS] = [
    [join(folder, 'bin'), process.env['PATH'] ?? ''].join(delimiter),
    join(folder, name, 'calls'),
  ];
  const STATE_ACCOUNT = '/subscriptions/s/storageAccounts/state';
  const shell = ['--norc', '-H', '-o', 'history', '-uo', 'pipefail'];
  const env = { PATH, CALLS, STATE_ACCOUNT, ...variables };
  const { status, stderr } = spawnSync('bash', shell, { cwd, encoding: 'utf8', env, input: text });
  const calls = existsSync(CALLS) ? readFileSync(CALLS, 'utf8').trim().split('\n') : [];
  return { calls, ended: { status, stderr } };
}

let first: Walk;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'setup-'));
  mkdirSync(join(folder, 'bin'));
  for (const name of ['az', 'gh', 'git']) {
    const program = `#!/usr/bin/env bash\nprintf '\\n%s' "${name} $*" >>"$CALLS"\n${answers}\n`;
    writeFileSync(join(folder, 'bin', name), program);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  first = walk('first', `set -e\n${commands.join('\n')}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const having = (...parts: readonly string[]): readonly string[] =>
  first.calls.filter((call) => parts.every((part) => call.includes(part)));

describe('the commands of docs/setup.md, in their order', () => {
  it('run through, with nothing left to fill in but the names at the top', () => {
    expect(first.ended).toEqual({ status: 0, stderr: '' });
    expect(commands.length).toBeGreaterThan(8);
  });

  it('make three identities, each trusted by a GitHub environment of its own', () => {
    expect(having('az identity create')).toHaveLength(3);
    expect(having('az identity federated-credential create')).toEqual([
      expect.stringMatching(/--identity-name innereye-deploy .*:environment:demo$/),
      expect.stringMatching(/--identity-name innereye-plan .*:environment:demo-plan$/),
      expect.stringMatching(/--identity-name innereye-use .*:environment:demo-use$/),
    ]);
  });

  it('make and give the roles of the examples, with the subscription filled in', () => {
    for (const name of ['deployer', 'plan', 'use']) {
      expect(having(`az role definition create --role-definition @${name}-role.json`)).toHaveLength(
        1,
      );
      const role = readFileSync(join(folder, 'first/project', `${name}-role.json`), 'utf8');
      expect(role).not.toContain('SUBSCRIPTION');
      expect(having(`--role InnerEye ${name === 'deployer' ? name : `${name} `}`)).toHaveLength(1);
    }
    expect(having('--role Storage Blob Data Reader')).toHaveLength(2);
  });

  it('bind the role that gives roles by a condition that preflight understands', () => {
    const [, condition = ''] = /--condition (.*)$/.exec(having('Role Based Access')[0] ?? '') ?? [];
    const lists = [...condition.matchAll(/GuidEquals \{([^}]*)\}/g)].map(([, list]) => list);
    expect(lists).toHaveLength(2);
    expect(new Set(lists).size).toBe(1);
    expect(lists[0]?.split(', ')).toHaveLength(6);
    expect(condition).toMatch(
      /^\(\(!\(ActionMatches\{'Microsoft.Authorization\/roleAssignments\/write'\}\)\) OR /,
    );
  });

  it('make the GitHub environments, with bodies that are JSON, and give each its three variables', () => {
    const bodies = having('--method PUT repos/', '/environments/').map((call) => [
      /environments\/(\S+)/.exec(call)?.[1],
      JSON.parse(/<([^]*)>$/.exec(call)?.[1] ?? '') as unknown,
    ]);
    const branches = { protected_branches: false, custom_branch_policies: true };
    expect(Object.fromEntries(bodies)).toEqual({
      demo: { reviewers: [{ type: 'User', id: 42 }], deployment_branch_policy: branches },
      'demo-use': { deployment_branch_policy: branches },
      'demo-plan': {},
    });
    expect(having('gh variable set AZURE_')).toHaveLength(9);
    expect(having('deployment-branch-policies -f name=main')).toHaveLength(2);
  });

  it('start an example that is there, with an input that it has', () => {
    const [, file = '', input = ''] =
      /workflow run (\S+) .* -f (\w+)=/.exec(first.calls.join('\n')) ?? [];
    expect(readFileSync(join(root, 'examples', file), 'utf8')).toContain(`${input}: {`);
    const copied = join(folder, 'first/innereye-workflows/.github/workflows', file);
    expect(readFileSync(copied, 'utf8')).toContain(`${input}: {`);
  });

  it('can be run again: roles that are there are updated, and settings that were edited stay', () => {
    const all = commands.join('\n');
    const edited = 'echo "jumpbox = false" > ../innereye-workflows/demo.tfvars';
    const { calls, ended } = walk('twice', ['set -e', all, edited, all].join('\n'));
    expect(ended).toEqual({ status: 0, stderr: '' });
    expect(calls.filter((call) => call.startsWith('az role definition update'))).toHaveLength(3);
    expect(calls.filter((call) => call.startsWith('gh repo clone'))).toHaveLength(1);
    const settings = join(folder, 'twice/innereye-workflows/demo.tfvars');
    expect(readFileSync(settings, 'utf8')).toBe('jumpbox = false\n');
  });

  it('give no role on the whole subscription where the account of the state is not there', () => {
    // Azure's CLI takes an empty --scope for the subscription.
    const text = [commands[0], commands.at(-1)].join('\n');
    const { calls, ended } = walk('early', text, { STATE_ACCOUNT: '' });
    expect(ended.stderr).toContain('there is no account of the state yet');
    expect(calls.filter((call) => call.includes('role assignment'))).toEqual([]);
  });

  it('use the names that the page asks for, also in what is copied', () => {
    const text = commands
      .join('\n')
      .replace('environment=demo', 'environment=north')
      .replace('project=OWNER', 'project=institute');
    const { calls, ended } = walk('north', `set -e\n${text}`);
    expect(ended).toEqual({ status: 0, stderr: '' });
    const copied = join(folder, 'north/innereye-workflows/.github/workflows/deploy.yml');
    const workflow = readFileSync(copied, 'utf8');
    expect(workflow).not.toMatch(/demo|OWNER/);
    expect(workflow).toMatch(/uses: institute\/innereye-closed-network\/.*\.yml@[0-9a-f]{40}$/m);
    expect(calls.join('\n')).not.toContain('demo');
    expect(calls.join('\n')).toContain('innereye-north-state');
  });
});

describe('the smallest workflow', () => {
  const [, block = ''] = /^```yaml\n([^]*?)^```$/m.exec(page) ?? [];

  it('has ten lines, and grants what the whole line asks for', () => {
    expect(block.trim().split('\n')).toHaveLength(10);
    const granted = /permissions: \{ (.*) \}/.exec(block)?.[1]?.split(', ') ?? [];
    const text = readFileSync(join(root, '.github/workflows/environment.yml'), 'utf8');
    const asked = [...text.matchAll(/^ {6}([a-z-]+: (?:read|write)) #/gm)].map(
      ([, right]) => right,
    );
    expect(granted.toSorted()).toEqual([...new Set(asked)].toSorted());
  });
});
