import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compareVersions,
  exactVersion,
  parseConstraint,
  parseVersion,
  satisfies,
} from '../../../src/terraform/install/versions.ts';

function fits(version: string, constraint: string): boolean {
  const [parsed, clauses] = [parseVersion(version), parseConstraint(constraint)];
  if (!parsed || !clauses) throw new Error(`not parsed: ${version} ${constraint}`);
  return satisfies(parsed, clauses);
}

const number = fc.nat({ max: 12 });
const core = fc.tuple(number, number, number);
const version = core.map((numbers) => numbers.join('.'));
const operator = fc.constantFrom('=', '!=', '>', '>=', '<', '<=', '~>', '');
const bound = fc.array(number, { minLength: 1, maxLength: 3 }).map((numbers) => numbers.join('.'));
const clause = fc.tuple(operator, bound).map(([sign, text]) => `${sign} ${text}`);

describe('a version constraint', () => {
  it.each([
    ['1.11.4', '~> 1.11.0', true],
    ['1.12.0', '~> 1.11.0', false],
    ['1.12.0', '~> 1.11', true],
    ['2.0.0', '~> 1.11', false],
    ['1.10.9', '~> 1.11', false],
    ['2.0.0', '~> 1', true],
    ['1.11.4', '>= 1.9', true],
    ['1.11.4', '>= 1.9, < 2.0.0', true],
    ['1.11.4', '>=1.9,<1.11.4', false],
    ['1.11.4', '1.11.4', true],
    ['1.11.4', '= 1.11', false],
    ['1.11.0', '= 1.11', true],
    ['1.11.4', '!= 1.11.4', false],
    ['1.11.4', '> 1.11.4', false],
    ['1.12.0-rc1', '>= 1.11', false],
    ['1.12.0-rc1', '~> 1.12.0', false],
    ['1.12.0-rc1', '1.12.0-rc1', true],
    ['1.12.0-rc1', '= 1.12.0-rc1, >= 1.9, ~> 1.11', true],
    ['1.12.0-rc1', '= 1.12.0-rc1, >= 1.13', false],
    ['1.12.0-rc2', '= 1.12.0-rc1', false],
    ['1.12.0', '= 1.12.0-rc1', false],
    ['1.12.0', '> 1.12.0-rc1', true],
  ])('%s under "%s": %s', (text, constraint, answer) => {
    expect(fits(text, constraint)).toBe(answer);
  });

  it.each([
    '',
    ' ',
    ',',
    '>= 1.9,',
    '=> 1.9',
    '1.x',
    '~>',
    '>= 1.9 < 2',
    '^1.9',
    '1.2.3.4',
    'latest',
  ])('"%s" is none', (text) => {
    expect(parseConstraint(text)).toBeUndefined();
  });

  it('says which version it names', () => {
    expect(exactVersion(parseConstraint('>= 1.2, 1.5') ?? [])?.text).toBe('1.5.0');
    expect(exactVersion(parseConstraint('>= 1.2') ?? [])).toBeUndefined();
  });

  it('means both where two are joined by a comma', () => {
    fc.assert(
      fc.property(version, clause, clause, (text, one, other) => {
        expect(fits(text, `${one},${other}`)).toBe(fits(text, one) && fits(text, other));
      }),
    );
  });

  it('means the opposite where its sign does', () => {
    fc.assert(
      fc.property(version, bound, (text, limit) => {
        expect(fits(text, `= ${limit}`)).toBe(!fits(text, `!= ${limit}`));
        expect(fits(text, `< ${limit}`)).toBe(!fits(text, `>= ${limit}`));
        expect(fits(text, `> ${limit}`)).toBe(!fits(text, `<= ${limit}`));
      }),
    );
  });

  it('lets only the last written number grow after ~>', () => {
    fc.assert(
      fc.property(version, core, (text, [major, minor, patch]) => {
        const precise = `~> ${major}.${minor}.${patch}`;
        const range = `>= ${major}.${minor}.${patch}, < ${major}.${minor + 1}`;
        expect(fits(text, precise)).toBe(fits(text, range));
        const loose = `>= ${major}.${minor}, < ${major + 1}`;
        expect(fits(text, `~> ${major}.${minor}`)).toBe(fits(text, loose));
      }),
    );
  });

  it('takes no prerelease that it does not name', () => {
    fc.assert(
      fc.property(version, fc.array(clause, { minLength: 1 }), (text, clauses) => {
        expect(fits(`${text}-beta1`, clauses.join(','))).toBe(false);
      }),
    );
  });

  it('never throws on any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parseConstraint(text);
        parseVersion(text);
      }),
    );
  });
});

describe('the order of versions', () => {
  it('is the one of semver', () => {
    const texts = [
      '0.12.31',
      '1.0.0-alpha1',
      '1.0.0-rc.2',
      '1.0.0-rc.10',
      '1.0.0',
      '1.2.10',
      '1.10.2',
    ];
    const shuffled = texts.flatMap((text) => parseVersion(text) ?? []).toReversed();
    expect(shuffled.toSorted(compareVersions).map(({ text }) => text)).toEqual(texts);
  });

  it('is total', () => {
    fc.assert(
      fc.property(version, version, (one, other) => {
        const [left, right] = [parseVersion(one), parseVersion(other)];
        if (!left || !right) throw new Error('not parsed');
        expect(Math.sign(compareVersions(left, right))).toBe(
          -Math.sign(compareVersions(right, left)) + 0,
        );
      }),
    );
  });
});

describe('required_version', () => {
  it('means to us what it means to Terraform itself', () => {
    const banner = execFileSync('terraform', ['version'], { encoding: 'utf8' });
    const ours = /^Terraform v(\S+)/m.exec(banner)?.[1] ?? '';
    const numbers = ours.split('.').map(Number);
    const near = fc
      .tuple(operator, fc.array(fc.integer({ min: -1, max: 1 }), { minLength: 1, maxLength: 3 }))
      .map(([sign, steps]) => {
        const moved = steps.map((step, at) => Math.max(0, (numbers[at] ?? 0) + step));
        return `${sign} ${moved.join('.')}`;
      });
    const constraints = fc.sample(
      fc.array(near, { minLength: 1, maxLength: 2 }).map((clauses) => clauses.join(', ')),
      400,
    );
    const refused = refusedByTerraform(constraints);
    const verdicts = constraints.map((text, at) => [text, refused.has(at)]);
    expect(constraints.map((text) => [text, !fits(ours, text)])).toEqual(verdicts);
    expect(refused.size).toBeGreaterThan(50);
    expect(refused.size).toBeLessThan(350);
  });
});

/** One file with each constraint; Terraform names every file whose constraint it does not meet. */
function refusedByTerraform(constraints: readonly string[]): ReadonlySet<number> {
  const folder = mkdtempSync(join(tmpdir(), 'required-version-'));
  try {
    constraints.forEach((constraint, at) => {
      const text = `terraform {\n  required_version = "${constraint}"\n}\n`;
      writeFileSync(join(folder, `case-${at}.tf`), text);
    });
    const env = { ...process.env, CHECKPOINT_DISABLE: '1', TF_CLI_CONFIG_FILE: '/dev/null' };
    const args = ['init', '-no-color', '-input=false'];
    const { stdout, stderr } = spawnSync('terraform', args, { cwd: folder, env, encoding: 'utf8' });
    const named = `${stdout}\n${stderr}`.matchAll(/on case-(\d+)\.tf line/g);
    return new Set([...named].map(([, at]) => Number(at)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
