import type { GitHubApi } from '../github/api.ts';
import type { Secret } from '../secret.ts';

/**
 * Every effect the product has on the world. A function that takes `Pick<Toolbox, 'clock' | 'log'>`
 * says with its signature what it can touch. The real one is made in `runner.ts`, and only there do
 * the toolkit packages, `process.env`, the network and the file system appear.
 */
export interface Toolbox {
  readonly log: Log;
  readonly shell: Shell;
  readonly http: Http;
  readonly files: Files;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly toolCache: ToolCache;
  /** GitHub's API for one token. */
  readonly github: (token: Secret) => Promise<GitHubApi>;
  /** The environment of this step, read only. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires once, when the runner asks this step to stop. */
  readonly cancelled: AbortSignal;
}

/** What the person reading the log sees. Secrets registered with `Runner.hide` are masked by the runner. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
  /** A remark that GitHub also shows on the page of the run. */
  notice(message: string): void;
  /** Shown only where step debugging is on. */
  debug(message: string): void;
  /** Folds what `work` prints under a title. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
}

export interface ShellOptions {
  readonly cwd?: string;
  /** The whole environment of the child: nothing is inherited. Without it, the child gets the harmless part of ours. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ShellResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StreamOptions extends ShellOptions {
  /** Called for each line, as it comes. */
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /**
   * A folder of this step. The child speaks into files there instead of pipes, so that it lives on
   * where this process is killed, until `post` ends it.
   */
  readonly outlives?: string;
}

/** Child processes, always by argument list, never through a shell string. */
export interface Shell {
  /** For commands that end by themselves (`terraform version`). Never throws on the exit code. */
  run(program: string, args: readonly string[], options?: ShellOptions): Promise<ShellResult>;
  /** For long runs: its own process group; a cancelled step sends it SIGINT once and waits for its end. Never throws on the exit code. */
  stream(
    program: string,
    args: readonly string[],
    options: StreamOptions,
  ): Promise<{ code: number }>;
  /** The absolute path of a program on the PATH. */
  which(program: string): Promise<string | undefined>;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly timeoutSeconds?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as UTF-8. */
  readonly text: string;
  /** The body as it came. */
  readonly bytes: Buffer;
}

/** Plain HTTP with the machine's proxy and authorities. Never throws on a status; throws where no answer came. */
export interface Http {
  send(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * Tries to open a TCP connection, by the machine's proxy (CONNECT) where it has one, and closes it
   * again. `failed`: nothing let us in; `unknown`: the proxy itself would not even try.
   */
  connect(
    host: string,
    port: number,
    timeoutSeconds: number,
  ): Promise<{ readonly result: 'connected' | 'failed' | 'unknown'; readonly seen: string }>;
  /**
   * Writes the body to `file` (mode 0600). Follows redirects, over https only where it began so.
   * Throws on a status other than 200 and when more than `maxBytes` arrive; nothing is left behind then.
   */
  download(url: string, file: string, limits: { readonly maxBytes: number }): Promise<void>;
}

/** Files; everything written is readable by this user alone. */
export interface Files {
  read(path: string): Promise<string | undefined>;
  readBytes(path: string): Promise<Buffer | undefined>;
  write(path: string, content: string | Buffer): Promise<void>;
  copyTree(from: string, to: string): Promise<void>;
  /** Names in a folder, in order; none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Paths of all files below a folder, from there and with slashes, in order. Links are not followed and not listed. */
  tree(folder: string): Promise<readonly string[]>;
  remove(path: string): Promise<void>;
  /** A new empty folder of this step, wiped by `post`. */
  scratch(name: string): Promise<string>;
  /** The absolute path of something that ships with the action, such as `terraform` or `arm`. */
  shipped(path: string): string;
}

/** The machine that runs the workflow: GitHub's, or whatever speaks its protocol. */
export interface Runner {
  /** A fresh id-token of this job; throws a Problem where the job may not ask for one. */
  idToken(audience: string): Promise<Secret>;
  /** Masks a text in everything this job prints from here on. */
  hide(text: string): void;
  secret(value: string): Secret;
  output(name: string, value: string): void;
  /** Adds Markdown to the step summary. */
  summary(markdown: string): Promise<void>;
  /** Keeps a value for `post`. */
  keep(name: string, value: string): void;
  kept(name: string): string;
  readonly context: RunContext;
  /** The user and the machine of this process, as Terraform names them in its lock: `runner@fv-az1-2`. */
  readonly machine: string;
}

/** Where this run comes from, as GitHub tells it. */
export interface RunContext {
  readonly event: string;
  /** owner/name */
  readonly repository: string;
  readonly runId: string;
  readonly runAttempt: string;
  readonly sha: string;
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly pullRequest: PullRequest | undefined;
}

/** The pull request that started a run. */
export interface PullRequest {
  readonly number: number;
  readonly fromFork: boolean;
  /** GitHub gives a run that Dependabot started what it gives a fork's: a token that only reads, no secrets. */
  readonly byDependabot: boolean;
}

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Ends early, by throwing Cancelled, when the step is cancelled. */
  sleep(seconds: number): Promise<void>;
}

/** The runner's tool cache. It verifies nothing: who puts something in, or takes it out, does. */
export interface ToolCache {
  /** The versions of a tool that are cached for this machine. */
  versions(name: string): readonly string[];
  /** The folder of a cached tool of exactly this version. */
  find(name: string, version: string): string | undefined;
  /** Copies a folder into the cache; gives its place there. */
  store(folder: string, name: string, version: string): Promise<string>;
  /** Unpacks a zip that was verified before, into a new folder; gives that folder. */
  unzip(file: string): Promise<string>;
}
