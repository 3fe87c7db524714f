import { describe, expect, it } from '@jest/globals';
import { Cancelled } from '../../src/errors.ts';
import type { Settings } from '../../src/inputs/schema.ts';
import { lastWords } from '../../src/report/last-words.ts';
import { openStages } from '../../src/stages.ts';
import { workshop } from '../support/workshop.ts';

/** Where patience with Azure ends it is named by its request: nothing that helps at night. */
const request = 'Cancelled: GET management.azure.com/subscriptions/1.';

async function wordsOf(command: Settings['command'], stage?: string): Promise<string> {
  const cancel = (): Promise<never> => Promise.reject(new Cancelled(request));
  const thrown = await (
    stage === undefined ? cancel() : openStages(workshop().tools).run(stage, cancel)
  ).catch((error: unknown) => error as Cancelled);
  return lastWords(thrown, { command, environment: 'demo' }).message;
}

describe('the last words of a cancelled run', () => {
  it.each<[Settings['command'], string | undefined, RegExp]>([
    [
      'deploy',
      undefined,
      /^Cancelled: deploy of "demo"\. Nothing of the environment was changed\./,
    ],
    ['deploy', 'plan', /during: plan\. Nothing of the environment was changed\./],
    ['deploy', 'compute', /during: compute\. What Azure has begun it goes on with/],
    ['destroy', undefined, /Nothing of the environment was changed/],
    ['destroy', 'network and workspace removed', /The rest is still there, and still costs/],
    ['plan', undefined, /only reads/],
    ['smoke', undefined, /not tested to the end/],
    ['verify', undefined, /Nothing is proved/],
    ['train', undefined, /No job had begun/],
  ])('of %s (%s) say what was under way, what is so now and what is next', async (...given) => {
    const [command, stage, said] = given;
    const words = await wordsOf(command, stage);
    expect(words).toMatch(said);
    expect(words).toMatch(/\nNext: \S/);
    expect(words).not.toContain('GET');
  });

  it('are those of whoever knew more', () => {
    const whole = new Cancelled('All is said.', { isWhole: true });
    expect(lastWords(whole, { command: 'deploy', environment: 'demo' })).toBe(whole);
  });
});
