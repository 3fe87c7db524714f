import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inputName, nearest, parseInputs, shapeOf } from '../../src/inputs/parse.ts';
import { schema } from '../../src/inputs/schema.ts';
import type { Settings } from '../../src/inputs/schema.ts';

const good = {
  command: 'plan',
  environment: 'demo',
  'client-id': '11111111-2222-3333-4444-555555555555',
  'tenant-id': '21111111-2222-3333-4444-555555555555',
  'subscription-id': '31111111-2222-3333-4444-55555555555A',
};

function parse(inputs: Record<string, string>): { settings: Settings; hidden: string[] } {
  const hidden: string[] = [];
  const settings = parseInputs({
    read: (name) => inputs[name],
    given: Object.keys(inputs).filter((name) => inputs[name] !== ''),
    hide: (text) => hidden.push(text),
  });
  return { settings, hidden };
}

function complaint(inputs: Record<string, string>): string {
  try {
    parse(inputs);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('inputs', () => {
  it('takes the four mandatory values and gives every default', () => {
    const { settings } = parse(good);
    expect(settings).toMatchObject({
      command: 'plan',
      environment: 'demo',
      subscriptionId: '31111111-2222-3333-4444-55555555555a',
      stages: ['network', 'compute', 'webapp'],
      removeState: false,
      location: 'westeurope',
    });
  });

  it('names every problem at once, with input, rule, shape and next step', () => {
    const text = complaint({
      command: 'aply',
      environment: '1abc',
      'client-id': 'x',
      stages: 'network,netwrk',
    });
    expect(text).toContain('6 inputs are not right');
    expect(text).toContain('command: must be one of preflight, plan, deploy');
    expect(text).toContain('it got "aply"');
    expect(text).toContain('environment: it must begin with a lower-case letter; it got "1abc"');
    expect(text).toContain('client-id: must be a GUID');
    expect(text).toContain('tenant-id: is required (a GUID such as');
    expect(text).toContain('subscription-id: is required');
    expect(text).toContain('stages: must be one or more of network, compute, webapp');
    expect(text).toContain('Next: correct them under "with:"');
  });

  it.each([
    ['', 'environment: is required'],
    ['A', 'must begin with a lower-case letter'],
    ['1abc', 'must begin with a lower-case letter'],
    ['very-long-environment-name', 'only lower-case letters and digits'],
    [
      'verylongenvironmentname',
      'at most 14 characters: the key vault would be named "verylongenvironmentname-kv-xxxxxx"',
    ],
    ['a', undefined],
    ['abcdefghij1234', undefined],
  ])('judges the environment name %j by the names derived from it', (environment, words) => {
    const text = complaint({ ...good, environment });
    if (words === undefined) expect(text).toBe('');
    else expect(text).toContain(words);
  });

  it('names the nearest input for a misspelt one', () => {
    expect(complaint({ ...good, enviroment: 'demo' })).toContain(
      'enviroment: is no input of this action; did you mean environment?',
    );
    expect(complaint({ ...good, zzzzzzzz: 'x' })).toContain(
      'zzzzzzzz: is no input of this action.',
    );
  });

  it('masks a secret in every form and never shows it', () => {
    const { settings, hidden } = parse({ ...good, 'github-token': 'ghs_0123456789"abc' });
    expect(hidden).toContain('ghs_0123456789"abc');
    expect(hidden).toContain(Buffer.from('ghs_0123456789"abc').toString('base64'));
    expect(JSON.stringify(settings)).not.toContain('ghs_');
    expect(String(settings.githubToken)).toBe('***');
  });

  it('asks for the name once more before a destroy', () => {
    expect(complaint({ ...good, command: 'destroy' })).toContain(
      'confirm: must repeat the name of the environment, "demo"',
    );
    expect(complaint({ ...good, command: 'destroy', confirm: 'other' })).toContain('confirm');
    expect(complaint({ ...good, command: 'destroy', confirm: 'demo' })).toBe('');
  });

  it('trains nothing without an image, and says so before anybody logs in', () => {
    const training = { ...good, command: 'train' };
    expect(complaint(training)).toContain('image: is required for train; none is published');
    const image = `ghcr.io/institute/innereye@sha256:${'0'.repeat(64)}`;
    expect(complaint({ ...training, image })).toBe('');
    expect(complaint({ ...training, command: 'deploy' })).toBe('');
  });

  it('rotates no key without the stage that does it', () => {
    const rotating = { ...good, command: 'deploy', 'rotate-key': 'true' };
    expect(complaint({ ...rotating, stages: 'network,compute' })).toContain(
      'rotate-key: is done by the stage webapp, which stages leaves out.',
    );
    expect(complaint(rotating)).toBe('');
    expect(complaint({ ...rotating, command: 'plan', stages: 'network' })).toBe('');
  });

  it.each(['yes', 'True', '1', 'TRUE', ' false x'])('refuses %j as a flag', (value) => {
    expect(complaint({ ...good, 'remove-state': value })).toContain(
      'remove-state: must be true or false',
    );
  });

  it('refuses or normalises any text, and never ends in anything but one Problem', () => {
    const names = Object.keys(schema).map(inputName);
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.string({ unit: 'binary', maxLength: 200 }),
        (name, value) => {
          const text = complaint({ ...good, [name]: value });
          expect(text === '' || /^\d+ inputs? (is|are)|^One input is/.test(text)).toBe(true);
          expect(text).not.toContain('\0');
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('shape', () => {
  it('shows a short public value and only the length of anything else', () => {
    expect(shapeOf('abc', false)).toBe('"abc"');
    expect(shapeOf('abc', true)).toBe('3 characters');
    expect(shapeOf('x'.repeat(61), false)).toBe('61 characters');
    expect(shapeOf('', true)).toBe('nothing');
  });
});

describe('nearest name', () => {
  it.each([
    ['tenantid', 'tenant-id'],
    ['clientid', 'client-id'],
    ['subscription', undefined],
  ])('finds for %j', (given, expected) => {
    expect(nearest(given, ['tenant-id', 'client-id', 'subscription-id'])).toBe(
      expected ?? 'subscription-id',
    );
  });
});
