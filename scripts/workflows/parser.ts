/**
 * The few parts of GitHub's own parser (@actions/workflow-parser and @actions/expressions, both 0.3.61)
 * that the check uses. It comes as a bundle that the check makes: plain Node cannot load the package.
 */
export interface Bundle {
  parseWorkflow(
    file: { readonly name: string; readonly content: string },
    trace: unknown,
  ): { readonly context: Context; readonly value: unknown };
  convertWorkflowTemplate(
    context: Context,
    root: unknown,
    files: unknown,
    options: unknown,
  ): Promise<{ readonly jobs: readonly Job[] }>;
  readonly NoOperationTraceWriter: new () => unknown;
  readonly Lexer: new (text: string) => { lex(): { readonly tokens: unknown } };
  readonly Parser: new (
    tokens: unknown,
    contexts: readonly string[],
    functions: readonly FunctionOf[],
  ) => { parse(): unknown };
  readonly Evaluator: new (
    tree: unknown,
    contexts: unknown,
    functions: ReadonlyMap<string, FunctionOf>,
  ) => { evaluate(): { coerceString(): string } };
  readonly data: {
    readonly BooleanData: new (value: boolean) => unknown;
    readonly StringData: new (value: string) => unknown;
    readonly Dictionary: new (
      ...pairs: { readonly key: string; readonly value: unknown }[]
    ) => unknown;
  };
}

interface Context {
  readonly errors: { getErrors(): readonly { readonly message: string }[] };
}

/** A function that an expression may call. */
export interface FunctionOf {
  readonly name: string;
  readonly minArgs: number;
  readonly maxArgs: number;
  call(): unknown;
}

/** A job as the parser gives it; its condition has the implicit `success()` in it. */
export interface Job {
  readonly id: { readonly value: string };
  readonly needs?: readonly { readonly value: string }[];
  readonly if: { readonly expression: string };
}
