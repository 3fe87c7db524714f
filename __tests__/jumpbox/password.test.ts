import { describe, expect, it } from '@jest/globals';
import { passwordProblem } from '../../local-azure/operations/virtual-machine/accounts.ts';
import { freshPassword } from '../../src/jumpbox/password.ts';
import { formsOf } from '../../src/secret.ts';
import { workshop } from '../support/workshop.ts';

describe('a fresh password', () => {
  it('satisfies Azure every time, and is another one each time', () => {
    const { tools } = workshop();
    const made = Array.from({ length: 2000 }, () => freshPassword(tools).reveal());
    expect(made.map(passwordProblem).filter((problem) => problem !== undefined)).toEqual([]);
    expect(made.filter((password) => !/^[\w-]{36}$/.test(password))).toEqual([]);
    expect(new Set(made).size).toBe(made.length);
  });

  it('is masked in every form before anybody has it, and prints as stars', () => {
    const { tools, hidden } = workshop();
    const password = freshPassword(tools);
    expect(hidden).toEqual(formsOf(password.reveal()));
    expect([String(password), JSON.stringify({ password })]).toEqual(['***', '{"password":"***"}']);
  });
});
