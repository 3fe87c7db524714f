import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
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
    --data-urlencode) case "$2" in *@*) cp "\${2#*@}" "$NOTES.field" ;; esac ;;
    --header) case "$2" in @*) cp "\${2#@}" "$NOTES.headers" ;; esac ;;
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
  https://binary.test/*) printf 'a\\0b\\377Mean\\n\\0Dice\\n' >"$output" ;;
  https://form.test/*) : >"$output" ;;
  https://wide.test/*) : >"$output"; printf '200,10.1.0.9,%0200d' 0; exit 0 ;;
  'https://logs.test/log?sv=1&sig=signature') printf 'one\\nMean Dice: 0.467572\\n' >"$output" ;;
  *) printf 404; exit 0 ;;
esac
case "$url" in https://history.test/* | https://binary.test/* | https://form.test/*) printf '200,10.1.0.9,0.1' ;; *) printf 200 ;; esac
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

function run(link: string, asked: Look = look) {
  const notes = join(folder, 'notes');
  writeFileSync(notes, '');
  const { stdout, stderr } = spawnSync('bash', ['src/network/probe.sh'], {
    encoding: 'utf8',
    env: {
      PATH: [folder, process.env['PATH']].join(delimiter),
      ...{ TMPDIR: folder, LOOKS: encodeLooks([asked]), LINK: link, NOTES: notes },
    },
  });
  return {
    sight: decodeSights(stdout, [asked])[0],
    stdout,
    stderr,
    notes: readFileSync(notes, 'utf8'),
  };
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

  it('sends a token as a field of a form, and then not as a header, and never on a command line', () => {
    const bearer = 'https://management.azure.com';
    const { sight, notes, stderr } = run('', {
      ...{ name: 'form', method: 'POST', url: 'https://form.test/exchange', body: 'service=x' },
      ...{ bearer, bearerField: 'access_token' },
    });
    expect(sight?.status).toBe(200);
    expect(readFileSync(join(folder, 'notes.field'), 'utf8')).toBe('machine-token');
    expect(readFileSync(join(folder, 'notes.headers'), 'utf8')).toBe('');
    expect(notes).toContain('--data-urlencode access_token@');
    expect(notes + stderr).not.toContain('machine-token');
  });

  it('picks lines out of a body that is no text', () => {
    const { sight, stderr } = run('', {
      ...{ name: 'binary', method: 'GET', url: 'https://binary.test/', pick: 'Mean' },
    });
    expect(sight?.body).toBe('a\0b\ufffdMean\n');
    expect(stderr).toBe('');
  });

  it('leaves nothing behind, and removes what a run that was killed left long ago', () => {
    const old = join(folder, 'innereye-look.killed00');
    const young = join(folder, 'innereye-look.running0');
    for (const one of [old, young]) mkdirSync(one);
    utimesSync(old, new Date(0), new Date(0));
    run('https://logs.test/log?sv=1\\u0026sig=signature');
    expect(readdirSync(folder).filter((name) => name.startsWith('innereye-look.'))).toEqual([
      'innereye-look.running0',
    ]);
  });

  it('cuts what curl says of itself where that is too long', () => {
    const { sight } = run('', { name: 'wide', method: 'GET', url: 'https://wide.test/' });
    expect(sight).toMatchObject({ status: 200, remoteAddress: '10.1.0.9' });
  });

  it('refuses looks that are not of its form', () => {
    const LOOKS = Buffer.from('one GET aHR0cA==\n').toString('base64');
    const { status } = spawnSync('bash', ['src/network/probe.sh'], {
      env: { PATH: process.env['PATH'], TMPDIR: folder, LOOKS },
    });
    expect(status).toBe(64);
  });
});
