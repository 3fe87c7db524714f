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
let calls: readonly string[] = [];
let ended: { readonly status: number | null; readonly stderr: string };

/** Runs all blocks in their order, as a person would, with programs that note how they are called. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'setup-'));
  cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
  mkdirSync(join(folder, 'bin'));
  const answers = `case "$*" in
    *principalId*) echo 11111111-2222-3333-4444-555555555555 ;;
    *clientId*|*'--query id '*|*tenantId*) echo 99999999-2222-3333-4444-555555555555 ;;
    *'storage account list'*) echo /subscriptions/s/storageAccounts/state ;;
    *'jq .id') echo 42 ;;
    *'--jq "repo'*|*jq*) echo 'repo:OWNER@1/REPOSITORY@2' ;;
    *'--input -'*) printf ' <%s>' "$(cat)" >>"$CALLS" ;;
  esac`;
  for (const name of ['az', 'gh', 'git']) {
    const program = `#!/usr/bin/env bash\nprintf '\\n%s' "${name} $*" >>"$CALLS"\n${answers}\n`;
    writeFileSync(join(folder, 'bin', name), program);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  const [PATH, CALLS] = [
    [join(folder, 'bin'), process.env['PATH'] ?? ''].join(delimiter),
    join(folder, 'calls'),
  ];
  const { status, stderr } = spawnSync(
    'bash',
    ['--norc', '-euo', 'pipefail', '-c', commands.join('\n')],
    { ...{ cwd: folder, encoding: 'utf8', env: { PATH, CALLS } } },
  );
  ended = { status, stderr };
  calls = existsSync(CALLS) ? readFileSync(CALLS, 'utf8').trim().split('\n') : [];
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const having = (...parts: readonly string[]): readonly string[] =>
  calls.filter((call) => parts.every((part) => call.includes(part)));

describe('the commands of docs/setup.md, in their order', () => {
  it('run through, with nothing left to fill in but the names at the top', () => {
    expect(ended).toEqual({ status: 0, stderr: '' });
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
      const role = readFileSync(join(folder, `${name}-role.json`), 'utf8');
      expect(role).not.toContain('SUBSCRIPTION');
      expect(having(`--role InnerEye ${name === 'deployer' ? name : `${name} `}`)).toHaveLength(1);
    }
    expect(having('--role Storage Blob Data Reader')).toHaveLength(2);
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
      /workflow run (\S+) .* -f (\w+)=/.exec(calls.join('\n')) ?? [];
    expect(readFileSync(join(root, 'examples', file), 'utf8')).toContain(`${input}: {`);
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
