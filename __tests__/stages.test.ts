import { describe, expect, it } from '@jest/globals';
import { Cancelled, Problem } from '../src/errors.ts';
import { openStages, together } from '../src/stages.ts';
import type { Log } from '../src/toolbox/index.ts';
import { fastClock, keptLog } from './support/azure-tools.ts';

function opened() {
  const log = keptLog();
  const clock = fastClock();
  return { log, clock, stages: openStages({ log, clock }) };
}

describe('stages that run side by side', () => {
  it('begin each of their lines with their name, however deep it comes from', async () => {
    const { log, clock, stages } = opened();
    const work = async (text: string): Promise<void> => {
      await clock.sleep(1);
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
      stages.tools.log.info(`${text}\n${text} again`);
    };
    await together([stages.run('one', () => work('a')), stages.run('two', () => work('b'))]);
    stages.tools.log.info('after all');
    expect(log.lines).toEqual(
      expect.arrayContaining(['[one] a\n[one] a again', '[two] b\n[two] b again', 'after all']),
    );
  });

  it('begin what they warn of, notice, debug and group with their name, too', async () => {
    const said: string[] = [];
    const keep =
      (kind: string) =>
      (message: string): void =>
        void said.push(`${kind}: ${message}`);
    const log: Log = {
      ...{ info: keep('info'), warn: keep('warn'), notice: keep('notice'), debug: keep('debug') },
      group: (title, work) => {
        keep('group')(title);
        return work();
      },
    };
    const stages = openStages({ log, clock: fastClock() });
    await stages.run('one', async () => {
      stages.tools.log.warn('a');
      stages.tools.log.notice('b');
      stages.tools.log.debug('c');
      await stages.tools.log.group('d', async () => undefined);
    });
    const own = ['warn: [one] a', 'notice: [one] b', 'debug: [one] c', 'group: [one] d'];
    expect(said).toEqual(expect.arrayContaining(own));
  });

  it('are all waited for, and all their failures are told', async () => {
    const { log, clock, stages } = opened();
    const failing = async (what: string): Promise<void> => {
      await clock.sleep(1);
      throw new Problem(what, 'mend it.');
    };
    const all = together([
      stages.run('one', () => failing('one is broken')),
      stages.run('two', () => clock.sleep(5)),
      stages.run('three', () => failing('three is broken')),
    ]);
    await expect(all).rejects.toThrow(/one is broken[^]*three is broken/);
    expect(stages.records.map(({ result }) => result)).toEqual(['failed', 'done', 'failed']);
    expect(log.lines.join('\n')).toMatch(/== three: failed after .* s: three is broken/);
  });

  it('end as cancelled where the run was', async () => {
    const { stages } = opened();
    const all = together([
      stages.run('one', () => Promise.reject(new Error('connection lost'))),
      stages.run('two', () => Promise.reject(new Cancelled('The run was cancelled.'))),
    ]);
    await expect(all).rejects.toBeInstanceOf(Cancelled);
    expect(stages.records.map(({ result }) => result)).toEqual(['failed', 'cancelled']);
  });
});
