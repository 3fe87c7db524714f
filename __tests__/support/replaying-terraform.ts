import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Terraform that works once for each question, and then says the same again. */
export interface ReplayingTerraform {
  readonly PATH: string;
  /** The next answers are Terraform's own again. */
  forget(): void;
  /** Changes a text in every answer that is kept; throws where it stands in none. */
  rewrite(from: string, to: string): void;
}

/**
 * Puts a program in front of Terraform that keeps what it answered, by its arguments. Steps that find
 * the world as it was then cost a few seconds; nothing they ask of Azure or GitHub themselves is kept.
 */
export function replayingTerraform(folder: string): ReplayingTerraform {
  const [programs, kept] = [join(folder, 'replaying'), join(folder, 'replayed')];
  const find = ['-c', 'command -v terraform'];
  const real = execFileSync('bash', find, { encoding: 'utf8' }).trim();
  const program = `#!/bin/bash
kept=${kept}/$(printf '%s\\n' "$@" | sed -E 's#=.*/#=#' | sha256sum | cut -c 1-32)
if [ ! -f "$kept.code" ]; then
  ${real} "$@" > "$kept.out" 2> "$kept.err"
  echo $? > "$kept.code"
fi
cat "$kept.out"
cat "$kept.err" >&2
exit "$(cat "$kept.code")"
`;
  const forget = (): void => {
    rmSync(kept, { recursive: true, force: true });
    mkdirSync(kept);
  };
  const rewrite = (from: string, to: string): void => {
    const paths = readdirSync(kept).map((name) => join(kept, name));
    const holding = paths.filter((path) => readFileSync(path, 'utf8').includes(from));
    if (holding.length === 0) throw new Error(`no answer has ${from}`);
    for (const path of holding) {
      writeFileSync(path, readFileSync(path, 'utf8').replaceAll(from, to));
    }
  };
  mkdirSync(programs);
  forget();
  writeFileSync(join(programs, 'terraform'), program, { mode: 0o755 });
  return { PATH: `${programs}:${process.env['PATH'] ?? ''}`, forget, rewrite };
}
