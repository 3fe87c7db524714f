import { describe, expect, it } from '@jest/globals';
import { schema } from '../../src/inputs/schema.ts';

const parse = (value: string): { hidden: string[]; revealed: string; shown: string } => {
  const hidden: string[] = [];
  const index = schema.pythonIndex.parse(value, (text) => void hidden.push(text));
  return { hidden, revealed: index.reveal(), shown: String(index) };
};

describe('the input python-index', () => {
  it.each([
    ['https://user:t0ken%2Fx@mirror.example/simple', ['t0ken%2Fx', 't0ken/x', 'user:t0ken%2Fx']],
    ['https://t0ken@mirror.example/simple', ['t0ken']],
    ['https://mirror.example/simple', ['https://mirror.example/simple']],
  ])('%s is kept, shown as stars, and its login masked by itself', (value, forms) => {
    const { hidden, revealed, shown } = parse(value);
    expect([revealed, shown]).toEqual([value, '***']);
    expect(hidden).toEqual(expect.arrayContaining([...forms, value]));
  });

  it('may be empty', () => {
    expect(parse('').revealed).toBe('');
  });

  it.each(['http://mirror.example/simple', 'mirror.example', 'file:///wheels', 'https://a b/'])(
    'refuses %s',
    (value) => {
      expect(() => parse(value)).toThrow(/an https address/);
    },
  );
});
