import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { outputNames } from '../../src/terraform/outputs.ts';

const root = join(import.meta.dirname, '../..');

describe('generated files', () => {
  it('follow from the schema', () => {
    expect(() =>
      execFileSync(process.execPath, [join(root, 'scripts/docs.ts'), '--check'], { stdio: 'pipe' }),
    ).not.toThrow();
  });
});

describe('terraform/outputs.tf', () => {
  it('declares exactly what the action decodes', () => {
    const text = readFileSync(join(root, 'terraform/outputs.tf'), 'utf8');
    const declared = [...text.matchAll(/^output "([^"]+)"/gm)].map((match) => match[1]);
    expect(declared.sort()).toEqual([...outputNames].sort());
  });
});
