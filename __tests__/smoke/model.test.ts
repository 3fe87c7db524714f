import { describe, expect, it } from '@jest/globals';
import { modelToAsk } from '../../src/smoke/model.ts';
import { fakeArm } from '../support/fake-arm.ts';
import { outputs } from '../support/settings.ts';

const asked = { model: 'HelloWorld', modelVersion: '' };
const version = (name: string, isArchived = false) => ({
  id: name,
  name,
  properties: { isArchived },
});
const registered = (...versions: readonly unknown[]) =>
  fakeArm({
    'GET /models/HelloWorld': () => ({ id: 'x', name: 'HelloWorld' }),
    'LIST /models/HelloWorld/versions': () => versions,
  });

describe('the model that is asked', () => {
  it('is the newest version by number, not by text', async () => {
    const arm = registered(version('9'), version('10'), version('2'));
    expect(await modelToAsk(asked, outputs(), arm)).toEqual({ name: 'HelloWorld', version: '10' });
  });

  it('leaves out what is archived and what is no number', async () => {
    const arm = registered(version('3', true), version('2'), version('v9'), version('-4'));
    expect(await modelToAsk(asked, outputs(), arm)).toEqual({ name: 'HelloWorld', version: '2' });
  });

  it('is the version that was given, without a question', async () => {
    const arm = fakeArm();
    const given = { ...asked, modelVersion: '4' };
    expect(await modelToAsk(given, outputs(), arm)).toEqual({ name: 'HelloWorld', version: '4' });
    expect(arm.calls).toEqual([]);
  });

  it.each([
    ['no such model', fakeArm({ 'GET /models/HelloWorld': () => undefined })],
    ['no version', registered()],
    ['only archived versions', registered(version('1', true))],
  ])('is missed where there is %s', async (_what, arm) => {
    await expect(modelToAsk(asked, outputs(), arm)).rejects.toThrow(
      /no registered version of the model HelloWorld[^]*run train first, or .* smoke-level contract/,
    );
  });
});
