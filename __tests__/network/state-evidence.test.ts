import { describe, expect, it } from '@jest/globals';
import { Cancelled, Problem } from '../../src/errors.ts';
import { stateEvidence } from '../../src/network/state-evidence.ts';
import { settings } from '../support/settings.ts';
import { workshop } from '../support/workshop.ts';

const account = {
  ...{ allowBlobPublicAccess: false, allowCrossTenantReplication: false },
  ...{ allowSharedKeyAccess: false, minimumTlsVersion: 'TLS1_2', supportsHttpsTrafficOnly: true },
};

async function evidenceOf(get: (path: string) => unknown) {
  const { arm, session } = workshop();
  arm.on({ 'GET ': ({ path }) => get(path) });
  return stateEvidence(session, settings());
}

const closed = (changes: Record<string, unknown>) => (path: string) => {
  if (path.includes('/containers/')) return { properties: { publicAccess: 'None' } };
  if (path.endsWith('/default')) return { properties: { isVersioningEnabled: true } };
  return { properties: { ...account, ...changes } };
};

describe('the storage account of the state', () => {
  it('is one row where it is as deploy makes it', async () => {
    const [row, ...more] = await evidenceOf(closed({}));
    expect(more).toEqual([]);
    expect(row).toMatchObject({ check: 'state-account-closed', from: 'arm', result: 'closed' });
  });

  it('is a hole for each thing that somebody opened', async () => {
    const rows = await evidenceOf(
      closed({ allowSharedKeyAccess: true, minimumTlsVersion: 'TLS1_0' }),
    );
    expect(rows.map(({ result, subject }) => [result, subject.split(', ')[1]])).toEqual([
      ['hole', 'allowSharedKeyAccess'],
      ['hole', 'minimumTlsVersion'],
    ]);
    expect(rows[0]?.seen).toBe(
      'allowSharedKeyAccess is true, not false. Run deploy, which puts it back',
    );
  });

  it('is not proven where ARM will not show it, and a cancel ends the run', async () => {
    const refuse = (error: Error) => () => {
      throw error;
    };
    const [row] = await evidenceOf(refuse(new Problem('Reading: AuthorizationFailed', 'ask.')));
    expect(row).toMatchObject({ result: 'unproven', seen: 'Reading: AuthorizationFailed' });
    await expect(evidenceOf(refuse(new Cancelled('stop')))).rejects.toThrow(Cancelled);
  });
});
