import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Site } from '../support/site.ts';
import { openSite, until } from '../support/site.ts';

const network = { stages: 'network' };

describe('a deploy with tokens that live for seconds', () => {
  let site: Site;
  beforeAll(async () => {
    // Latencies are stretched so that the apply takes many times the life of a token.
    site = await openSite({ tokenLifetimeSeconds: 6, idTokenLifetimeSeconds: 4, pace: 0.03 });
  });
  afterAll(() => site.close());

  it('renews them and fails not once', async () => {
    const { code, log } = await site.step('deploy', network);
    expect({ code, log: code === 0 ? '' : log }).toEqual({ code: 0, log: '' });
    const refused = site.azure.journal.entries.filter(({ status }) => status === 401);
    expect(refused).toEqual([]);
    const exchanges = site.azure.journal.entries.filter(({ path }) =>
      path.includes('/oauth2/v2.0/token'),
    );
    expect(exchanges.length).toBeGreaterThan(3);
    expect(site.azure.journal.unknown).toEqual([]);
  }, 180_000);
});

describe('Local Azure killed in the middle of an apply', () => {
  it('leaves a clear error, and the same command says so again', async () => {
    const site = await openSite({ pace: 0.02 });
    try {
      const running = site.step('deploy', network);
      await until(() =>
        site.azure.journal.entries.some(
          ({ method, path }) => method === 'PUT' && path.includes('/subnets/'),
        ),
      );
      await site.azure.stop();
      const { code, log } = await running;
      expect(code).toBe(1);
      expect(log).toMatch(/Next: /);
      const again = await site.step('deploy', network);
      expect(again.code).toBe(1);
      expect(again.log).toMatch(/Next: /);
    } finally {
      await site.close();
    }
  }, 120_000);
});

describe('what Terraform is given', () => {
  it('holds the broker and neither the id-token endpoint of the job nor any input', async () => {
    const site = await openSite();
    try {
      // A program of the same name in front of the real one, which writes down what it was given.
      const programs = join(site.folder, 'programs');
      const seen = join(site.folder, 'seen.env');
      const real = execFileSync('bash', ['-c', 'command -v terraform'], {
        encoding: 'utf8',
      }).trim();
      mkdirSync(programs);
      const spy = `#!/bin/bash\nexport -p >> ${seen}\nexec ${real} "$@"\n`;
      writeFileSync(join(programs, 'terraform'), spy, { mode: 0o755 });
      const PATH = `${programs}:${process.env['PATH'] ?? ''}`;
      const { code } = await site.step(
        'plan',
        { 'github-token': 'ghs_0123456789' },
        { environment: { PATH } },
      );
      expect(code).toBe(0);
      const given = readFileSync(seen, 'utf8');
      expect(given).toContain('ARM_OIDC_REQUEST_URL="http://127.0.0.1:');
      expect(given).not.toMatch(/ACTIONS_|INPUT_|GITHUB_/);
      expect(given).not.toContain(site.azure.environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']);
      expect(given).not.toContain('ghs_0123456789');
    } finally {
      await site.close();
    }
  }, 60_000);
});
