import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { importBlocks } from '../../../src/terraform/adoption/import-blocks.ts';
import { temporaryFolder } from '../../support/site.ts';

const ids = [
  '/subscriptions/s/resourceGroups/innereye-demo',
  '/subscriptions/s/resourceGroups/${path.module}/providers/x',
  '$${twice} %{ if true }no%{ endif } $ % {',
  'with "quotes" and \\ back\\slashes',
];

describe('import blocks', () => {
  it('mean to Terraform exactly the ids that Azure gave', () => {
    const blocks = importBlocks(ids.map((id, at) => ({ address: `a.b[${at}]`, id })));
    const literals = [...blocks.matchAll(/^ {2}id = (?<literal>.*)$/gm)].map(
      ({ groups }) => groups?.['literal'],
    );
    const { folder, remove } = temporaryFolder();
    const { stdout } = spawnSync('terraform', ['console'], {
      cwd: folder,
      input: `jsonencode([${literals.join(', ')}])\n`,
      encoding: 'utf8',
      env: { ...process.env, CHECKPOINT_DISABLE: '1' },
    });
    remove();
    expect(JSON.parse(JSON.parse(stdout) as string)).toEqual(ids);
  });
});
