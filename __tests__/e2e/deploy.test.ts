import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Site } from '../support/site.ts';
import { openSite, until } from '../support/site.ts';

const network = { stages: 'network' };

describe('a deploy with tokens that live for seconds', () => {
  let site: Site;
  beforeAll(async () => {
    // Latencies are stretched so that the apply takes many times the life of a token.
    site = await openSite({ tokenLifetimeSeconds: 6, idTokenLifetimeSeconds: 4, pace: 0.05 });
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
  it('holds the broker and never the id-token endpoint of the job', async () => {
    const site = await openSite();
    try {
      // A Terraform that writes down its environment, in front of the real one.
      const { code } = await site.step(
        'plan',
        {},
        { environment: { TF_LOG: 'trace', TF_LOG_PATH: `${site.folder}/trace.log` } },
      );
      expect(code).toBe(0);
      const trace = readFileSync(`${site.folder}/trace.log`, 'utf8');
      expect(trace).not.toContain(site.azure.environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']);
    } finally {
      await site.close();
    }
  }, 60_000);
});
