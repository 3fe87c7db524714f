import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Site } from '../support/site.ts';
import { openSite } from '../support/site.ts';

const other = '99999999-8888-7777-6666-555555555555';

describe('the built action in front of Entra', () => {
  let site: Site;
  beforeAll(async () => {
    site = await openSite();
  });
  afterAll(() => site.close());

  it('explains a wrong tenant', async () => {
    const { code, log } = await site.step('preflight', { 'tenant-id': other });
    expect(code).toBe(1);
    expect(log).toContain(other);
    expect(log).toContain('AADSTS90002');
    expect(log).toContain('tenant-id');
  });

  it('explains a wrong subscription', async () => {
    const { code, log } = await site.step('preflight', { 'subscription-id': other });
    expect(code).toBe(1);
    expect(log).toContain(other);
    expect(log).toContain('subscription-id');
  });

  it('explains an unknown client', async () => {
    const { code, log } = await site.step('preflight', { 'client-id': other });
    expect(code).toBe(1);
    expect(log).toContain('AADSTS700016');
    expect(log).toContain('client-id');
  });

  it('explains a job that may not ask for an id-token', async () => {
    const { code, log } = await site.step(
      'preflight',
      {},
      { environment: { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' } },
    );
    expect(code).toBe(1);
    expect(log).toContain('id-token: write');
  });
});

describe('a federated credential for another branch', () => {
  it('is answered with the exact subject that this run presented', async () => {
    const subject = 'repo:octo-org/innereye:ref:refs/heads/feature';
    const site = await openSite({
      subject,
      federatedSubjects: ['repo:octo-org/innereye:ref:refs/heads/main'],
    });
    try {
      const { code, log } = await site.step('preflight');
      expect(code).toBe(1);
      expect(log).toContain('AADSTS700213');
      expect(log).toContain(subject);
      expect(log).toContain('https://token.actions.githubusercontent.com');
    } finally {
      await site.close();
    }
  });
});
