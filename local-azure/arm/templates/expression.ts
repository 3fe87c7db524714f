import { badRequest } from '../errors.ts';

/** A parsed template expression. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: 'member';
      readonly of: Expression;
      readonly name: Expression;
      readonly safe: boolean;
    };

/** Calls a template function. Arguments come unevaluated, because `if` must not touch the branch it does not take. */
export type CallFunction = (name: string, args: readonly Lazy[]) => unknown;
export type Lazy = () => unknown;

/** The refusal of a template that cannot be understood. */
export function invalidTemplate(message: string): ReturnType<typeof badRequest> {
  return badRequest('InvalidTemplate', `Deployment template validation failed: '${message}'.`);
}

/** True for a text that ARM takes as an expression: `[…]`, but not the escape `[[`. */
export function isExpression(text: string): boolean {
  return text.startsWith('[') && text.endsWith(']') && !text.startsWith('[[');
}

/** A text that is no expression, with its escape taken off. */
export function literalText(text: string): string {
  return text.startsWith('[[') ? text.slice(1) : text;
}

/** Parses `[…]`. Throws InvalidTemplate where it is malformed. */
export function parseExpression(text: string): Expression {
  const tokens = tokenise(text.slice(1, -1), text);
  const parser = { tokens, at: 0, text };
  const expression = parseValue(parser);
  if (parser.at !== tokens.length) throw malformed(text);
  return expression;
}

/** Evaluates an expression. */
export function evaluate(expression: Expression, call: CallFunction): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'call':
      return call(
        expression.name,
        expression.args.map((arg) => () => evaluate(arg, call)),
      );
    case 'member':
      return memberOf(
        evaluate(expression.of, call),
        evaluate(expression.name, call),
        expression.safe,
      );
  }
}

/** Every call within an expression, outermost first. */
export function* callsIn(expression: Expression): Generator<Extract<Expression, { kind: 'call' }>> {
  if (expression.kind === 'call') {
    yield expression;
    for (const arg of expression.args) yield* callsIn(arg);
  } else if (expression.kind === 'member') {
    yield* callsIn(expression.of);
    yield* callsIn(expression.name);
  }
}

interface Parser {
  readonly tokens: readonly string[];
  at: number;
  readonly text: string;
}

/** Texts in quotes (a quote inside is doubled), numbers, names, and the marks of punctuation. */
const TOKEN = /\s*('(?:[^']|'')*'|-?\d+|[A-Za-z_][\w$]*|\.\?|[()[\],.])/y;

function tokenise(inner: string, whole: string): string[] {
  const tokens: string[] = [];
  const source = inner.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < source.length) {
    const match = TOKEN.exec(source);
    if (match?.[1] === undefined) throw malformed(whole);
    tokens.push(match[1]);
  }
  return tokens;
}

function parseValue(parser: Parser): Expression {
  let value = parsePrimary(parser);
  for (;;) {
    const next = parser.tokens[parser.at];
    if (next === '.' || next === '.?') {
      parser.at += 1;
      const name = { kind: 'literal', value: take(parser) } as const;
      value = { kind: 'member', of: value, name, safe: next === '.?' };
    } else if (next === '[') {
      parser.at += 1;
      const name = parseValue(parser);
      expect(parser, ']');
      value = { kind: 'member', of: value, name, safe: false };
    } else return value;
  }
}

function parsePrimary(parser: Parser): Expression {
  const token = take(parser);
  if (token.startsWith("'")) {
    return { kind: 'literal', value: token.slice(1, -1).replaceAll("''", "'") };
  }
  if (/^-?\d/.test(token)) return { kind: 'literal', value: Number(token) };
  if (!/^[A-Za-z_]/.test(token)) throw malformed(parser.text);
  expect(parser, '(');
  const args: Expression[] = [];
  while (parser.tokens[parser.at] !== ')') {
    if (args.length > 0) expect(parser, ',');
    args.push(parseValue(parser));
  }
  parser.at += 1;
  return { kind: 'call', name: token, args };
}

function take(parser: Parser): string {
  const token = parser.tokens[parser.at];
  if (token === undefined) throw malformed(parser.text);
  parser.at += 1;
  return token;
}

function expect(parser: Parser, token: string): void {
  if (take(parser) !== token) throw malformed(parser.text);
}

function malformed(text: string): Error {
  return invalidTemplate(`The template language expression '${text}' is not valid`);
}

function memberOf(value: unknown, name: unknown, safe: boolean): unknown {
  if (Array.isArray(value) && typeof name === 'number' && name in value) return value[name];
  if (typeof value === 'object' && value !== null && typeof name === 'string') {
    const found = Object.entries(value).find(([key]) => key.toLowerCase() === name.toLowerCase());
    if (found !== undefined) return found[1];
  }
  if (safe) return null;
  throw invalidTemplate(
    `The language expression property '${String(name)}' doesn't exist, available properties are ` +
      `'${Object.keys(Object(value) as object).join(', ')}'`,
  );
}
