import { randomBytes } from 'node:crypto';
import type { Secret } from '../secret.ts';
import type { Toolbox } from '../toolbox/index.ts';

/**
 * A fresh password of 192 random bits, masked in the log from its birth. Azure asks for 12 to 123
 * characters of three of four kinds ("Windows VM FAQ", learn.microsoft.com); the end has all four,
 * whatever chance does.
 */
export function freshPassword({ runner }: Pick<Toolbox, 'runner'>): Secret {
  return runner.secret(`${randomBytes(24).toString('base64url')}-aA1`);
}
