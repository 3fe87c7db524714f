import { Problem, messageOf } from '../errors.ts';
import type { Field } from './fields.ts';
import { schema } from './schema.ts';
import type { Settings } from './schema.ts';

/** `planFingerprint` → `plan-fingerprint`: the spelling in a workflow. */
export function inputName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export interface RawInputs {
  /** The text of an input by its workflow name; undefined where it was not given. */
  read(name: string): string | undefined;
  /** The names of all inputs that were given. */
  readonly given: readonly string[];
  hide(text: string): void;
}

/** Reads every input, and throws one Problem that lists all that is wrong with them. */
export function parseInputs(raw: RawInputs): Settings {
  const fields: Record<string, Field<unknown>> = schema;
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  const names = Object.keys(fields).map(inputName);
  for (const [key, field] of Object.entries(fields)) {
    const name = inputName(key);
    const given = raw.read(name)?.trim() ?? '';
    if (given === '' && field.default === undefined) {
      problems.push(`${name}: is required (${field.rule}).`);
      continue;
    }
    try {
      values[key] = field.parse(given === '' ? (field.default ?? '') : given, raw.hide);
    } catch (error) {
      problems.push(`${name}: ${messageOf(error)}; it got ${shapeOf(given, field.secret)}.`);
    }
  }
  for (const name of raw.given.filter((given) => !names.includes(given))) {
    const near = nearest(name, names);
    problems.push(`${name}: is no input of this action${near ? `; did you mean ${near}?` : '.'}`);
  }
  if (problems.length > 0) throw inputProblem(problems);
  return crossChecked(values as Settings);
}

function crossChecked(settings: Settings): Settings {
  const problems: string[] = [];
  if (settings.command === 'destroy' && settings.confirm !== settings.environment) {
    problems.push(
      `confirm: must repeat the name of the environment, "${settings.environment}", before it is destroyed.`,
    );
  }
  const { command, image, stages, rotateKey } = settings;
  if (command === 'train' && image === '') {
    problems.push(
      'image: is required for train; none is published, docs/image.md says how to build one.',
    );
  }
  if (command === 'deploy' && rotateKey && !stages.includes('webapp')) {
    problems.push('rotate-key: is done by the stage webapp, which stages leaves out.');
  }
  if (problems.length > 0) throw inputProblem(problems);
  return settings;
}

function inputProblem(problems: readonly string[]): Problem {
  const count = problems.length === 1 ? 'One input is' : `${problems.length} inputs are`;
  return new Problem(
    `${count} not right:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    'correct them under "with:" in the workflow; nothing has been touched.',
    { anchor: 'inputs' },
  );
}

/** What a value looks like, without being it where it is secret or long. */
export function shapeOf(value: string, isSecret: boolean): string {
  if (value === '') return 'nothing';
  const count = value.length;
  if (isSecret || count > 60) return `${count} characters`;
  return JSON.stringify(value);
}

/** The name that is nearest to a misspelt one, where one is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const ranked = names
    .map((candidate) => ({ candidate, distance: distanceOf(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, Math.floor(name.length / 3))
    ? best.candidate
    : undefined;
}

/** Edits between two words (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
