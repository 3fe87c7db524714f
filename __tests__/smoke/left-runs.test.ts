import { describe, expect, it } from '@jest/globals';
import { Cancelled } from '../../src/errors.ts';
import type { Session } from '../../src/login/session.ts';
import { cancellingRuns } from '../../src/smoke/left-runs.ts';
import { azureTools } from '../support/azure-tools.ts';
import type { Script } from '../support/fake-arm.ts';
import { fakeArm } from '../support/fake-arm.ts';
import { outputs } from '../support/settings.ts';

const runs = ['main_1795356885_00000001', 'main_1795356885_00000002'];

async function left(begun: readonly string[], error: Error, script: Script = {}) {
  const arm = fakeArm({ 'POST /cancel': () => undefined, ...script });
  const tools = azureTools();
  const work = async (tell: (run: string) => void): Promise<never> => {
    begun.forEach(tell);
    throw error;
  };
  const done = cancellingRuns(work, outputs(), { arm } as unknown as Session, tools);
  await expect(done).rejects.toBe(error);
  return {
    asked: arm.lines().map((line) => line.replace(/^.*\/jobs\//, '')),
    lines: tools.log.lines,
  };
}

describe('a smoke test that is cancelled', () => {
  it('names the runs that it leaves, and asks Machine Learning to cancel each', async () => {
    const { asked, lines } = await left(runs, new Cancelled('stop'));
    expect(asked).toEqual(runs.map((run) => `${run}/cancel`));
    expect(lines.join('\n')).toContain(
      `no way to cancel a run. Machine Learning is asked to cancel ${runs.join(' and ')};`,
    );
  });

  it('says so where Machine Learning would not, and stays cancelled', async () => {
    const refuse = () => {
      throw new Error('no such job');
    };
    const { lines } = await left(runs, new Cancelled('stop'), { 'POST /cancel': refuse });
    expect(lines.filter((line) => line === 'no such job')).toHaveLength(2);
  });

  it('cancels nothing where no run had begun, or where it failed of itself', async () => {
    expect((await left([], new Cancelled('stop'))).asked).toEqual([]);
    expect(await left(runs, new Error('boom'))).toEqual({ asked: [], lines: [] });
  });
});
