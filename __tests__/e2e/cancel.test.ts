import { describe, expect, it } from '@jest/globals';
import { openSite, processesOf, until } from '../support/site.ts';

describe('a cancelled deploy', () => {
  it('stops Terraform, saves the state, releases the lock and leaves no process', async () => {
    const site = await openSite({ pace: 0.03 });
    try {
      const cancel = new AbortController();
      const running = site.step('deploy', { stages: 'network' }, { cancelled: cancel.signal });
      await until(() =>
        site.azure.journal.entries.some(
          ({ method, path }) => method === 'PUT' && path.includes('/azureFirewalls/'),
        ),
      );
      cancel.abort();
      const { code, log, signals } = await running;
      expect(code).not.toBe(0);
      expect(log).toContain('SIGINT received: stopping.');
      expect(log).toContain('Cancelled during: Applying the plan');
      // One signal was enough, and Terraform has had it: what needs the firewall was never begun.
      expect(signals).toEqual(['SIGINT']);
      const routes = site.azure.journal.entries.filter(({ path }) =>
        path.includes('/routeTables/'),
      );
      expect(routes.filter(({ method }) => method === 'PUT')).toEqual([]);
      expect(processesOf(`${site.folder}/runner`)).toEqual([]);
      const lock = site.azure.journal.entries.filter(
        ({ method, path }) => method === 'PUT' && path.includes('comp=lease'),
      );
      expect(lock.length % 2).toBe(0);
      const again = await site.step('deploy', { stages: 'network' });
      expect(again.log).not.toContain('state lock');
    } finally {
      await site.close();
    }
  }, 120_000);
});
