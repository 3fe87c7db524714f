import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from '@jest/globals';

/** Compares a text with a file under `__tests__/fixtures`; `npm run test:golden` rewrites the files instead. */
export function expectGolden(file: string, text: string): void {
  const path = new URL(`../fixtures/${file}`, import.meta.url);
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, 'utf8'));
}
