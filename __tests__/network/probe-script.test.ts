import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeSights, encodeLooks } from '../../src/network/probe-protocol.ts';
import type { Look } from '../../src/network/vantage.ts';

/** A curl that notes its command line and answers run history and one signed address. */
const curl = `#!/usr/bin/env bash
printf '%s\\n' "$*" >>"$NOTES"
while [ $# -gt 0 ]; do
  case "$1" in
    --output) output=$2 ;;
    --url) url=$2 ;;
    --config) url=$(sed -n 's/^url = "\\(.*\\)"$/\\1/p' "$2") ;;
    http://169.254.169.254/*) url=$1 ;;
  esac
  shift
done
case "$url" in
  http://169.254.169.254/*) printf '{"access_token":"machine-token"}' >"$output" ;;
  https://history.test/*) printf '{"logFiles": {"user_logs/std_log.txt": "%s"}}' "$LINK" >"$output" ;;
  'https://logs.test/log?sv=1&sig=signature') printf 'one\\nMean Dice: 0.467572\\n' >"$output" ;;
  *) printf 404; exit 0 ;;
esac
case "$url" in https://history.test/*) printf '200,10.1.0.9,0.1' ;; *) printf 200 ;; esac
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'probe-'));
  writeFileSync(join(folder, 'curl'), curl, { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const look: Look = {
  ...{ name: 'log', method: 'GET', url: 'https://history.test/details' },
  ...{ linked: 'user_logs/std_log.txt', bearer: 'https://management.azure.com' },
};

function run(link: string) {
  const notes = join(folder, 'notes');
  writeFileSync(notes, '');
  const { stdout } = spawnSync('bash', ['src/network/probe.sh'], {
    encoding: 'utf8',
    env: {
      PATH: [folder, process.env['PATH']].join(delimiter),
      ...{ LOOKS: encodeLooks([look]), LINK: link, NOTES: notes },
    },
  });
  return { sight: decodeSights(stdout, [look])[0], stdout, notes: readFileSync(notes, 'utf8') };
}

describe('the script of the probe', () => {
  it('fetches a signed address out of an answer, and keeps it and the token off every command line', () => {
    const { sight, notes, stdout } = run('https://logs.test/log?sv=1\\u0026sig=signature');
    expect(sight?.body).toBe('one\nMean Dice: 0.467572\n');
    expect(notes.split('\n').filter(Boolean)).toHaveLength(3);
    expect(notes + stdout).not.toMatch(/signature|machine-token/);
  });

  it.each([
    ['plain http', 'http://logs.test/log'],
    ['an escape it does not know', 'https://logs.test/log\\u0022\\u000aoutput=x'],
    ['white space', 'https://logs.test/a b'],
  ])('follows no address with %s', (_, link) => {
    const { sight, notes } = run(link);
    expect(sight?.failure?.kind).toBe('linked');
    expect(notes.split('\n').filter(Boolean)).toHaveLength(2);
  });
});
