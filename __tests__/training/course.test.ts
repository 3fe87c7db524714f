import { describe, expect, it } from '@jest/globals';
import type { Course } from '../../src/training/course.ts';
import { beginning, runningSeconds, seen } from '../../src/training/course.ts';

const limits = { runSeconds: 3600, waitSeconds: 3600 };

/** Sees statuses at moments (seconds); gives what the last look said, and all lines. */
function watch(looks: readonly (readonly [status: string, second: number])[], limit = limits) {
  let course: Course = beginning(0);
  const lines: string[] = [];
  let last = seen(course, 'Unknown', 0, limit);
  for (const [status, second] of looks) {
    last = seen(course, status, second * 1000, limit);
    course = last.course;
    lines.push(...last.lines);
  }
  return { ...last, lines };
}

describe('the course of a job', () => {
  it.each([
    ['Completed', 'completed'],
    ['Failed', 'failed'],
    ['Canceled', 'canceled'],
    ['Running', undefined],
    ['Finalizing', undefined],
    ['CancelRequested', undefined],
    ['Paused', undefined],
    ['Unknown', undefined],
  ])('takes %s for the end %s', (status, ending) => {
    expect(
      watch([
        ['Running', 1],
        [status, 2],
      ]).ending,
    ).toBe(ending);
  });

  it('says each status once, and again where it lasts', () => {
    const { lines } = watch([
      ['Queued', 1],
      ['Queued', 20],
      ['Queued', 700],
      ['Queued', 720],
      ['Running', 730],
    ]);
    expect(lines).toEqual([
      'Job: Queued, 1 s.',
      'Job: still Queued, 11 min 40 s.',
      'Job: Running, 12 min 10 s.',
    ]);
  });

  it('gives up what waits for too long, and counts that from each beginning', () => {
    expect(watch([['Queued', 3599]]).ending).toBeUndefined();
    expect(
      watch([
        ['NotStarted', 1],
        ['Queued', 3600],
      ]).ending,
    ).toBe('unstarted');
    expect(
      watch([
        ['Queued', 3000],
        ['Running', 3100],
        ['Queued', 3200],
        ['Queued', 6799],
      ]).ending,
    ).toBeUndefined();
    expect(
      watch([
        ['Queued', 3000],
        ['Running', 3100],
        ['Queued', 3200],
        ['Queued', 6800],
      ]).ending,
    ).toBe('unstarted');
  });

  it('gives up what runs on after its own limit', () => {
    expect(
      watch([
        ['Running', 100],
        ['Running', 4599],
      ]).ending,
    ).toBeUndefined();
    expect(
      watch([
        ['Running', 100],
        ['Running', 4600],
      ]).ending,
    ).toBe('late');
    expect(
      watch([
        ['Finalizing', 100],
        ['Finalizing', 1900],
      ]).ending,
    ).toBe('late');
  });

  it('waits for a node that does not answer, but not for ever', () => {
    expect(
      watch([
        ['Running', 1],
        ['NotResponding', 10],
        ['NotResponding', 909],
        ['Running', 910],
      ]).ending,
    ).toBeUndefined();
    expect(
      watch([
        ['Running', 1],
        ['NotResponding', 10],
        ['NotResponding', 910],
      ]).ending,
    ).toBe('silent');
  });

  it('follows a job whose node is taken away, three times', () => {
    const looks: [string, number][] = [];
    for (let count = 0; count < 3; count += 1) {
      looks.push(['Queued', count * 100], ['Running', count * 100 + 50]);
    }
    const third = watch([...looks, ['Queued', 300]]);
    expect(third).toMatchObject({ ending: undefined, isRestart: true });
    expect(third.course.preemptions).toBe(3);
    expect(third.lines.at(-1)).toContain('3 of at most 3 times');
    expect(watch([...looks, ['Queued', 300], ['Running', 350], ['Queued', 400]]).ending).toBe(
      'preempted',
    );
  });

  it('takes no news for none', () => {
    const { course, lines } = watch([
      ['Running', 1],
      ['Unknown', 2],
      ['Running', 3],
    ]);
    expect(course.preemptions).toBe(0);
    expect(lines).toEqual(['Job: Running, 1 s.']);
  });

  it('adds up the time of all beginnings', () => {
    const { course } = watch([
      ['Running', 0],
      ['Queued', 100],
      ['Running', 200],
    ]);
    expect(runningSeconds(course, 250_000)).toBe(150);
  });
});
