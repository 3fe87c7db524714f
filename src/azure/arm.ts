/**
 * The Azure Resource Manager as this product uses it: paths relative to the management endpoint,
 * JSON in and out, long-running operations waited for. Errors come as Problems that carry ARM's own
 * code and message, with a remedy where we know one (`explain.ts`).
 */
export interface Arm {
  /** GET; undefined where ARM answers 404. */
  get<T = Resource>(path: string, apiVersion: string): Promise<T | undefined>;
  /** GET of a collection, all pages. */
  list<T = Resource>(path: string, apiVersion: string): Promise<readonly T[]>;
  /** PUT, and waits until the operation has ended; gives the resource as it is then. */
  put<T = Resource>(path: string, apiVersion: string, body: unknown, wait?: Wait): Promise<T>;
  patch<T = Resource>(path: string, apiVersion: string, body: unknown, wait?: Wait): Promise<T>;
  /** POST; gives the final body, or undefined where there is none. */
  post<T = unknown>(path: string, apiVersion: string, body?: unknown, wait?: Wait): Promise<T>;
  /** POST whose answer is bytes and no JSON, such as a log; undefined where there is nothing to give (204, 404). */
  postForBytes(path: string, apiVersion: string): Promise<Buffer | undefined>;
  /** DELETE, and waits; a resource that is already gone is fine. */
  delete(path: string, apiVersion: string, wait?: Wait): Promise<void>;
}

/** What a wait is called in the log, and when it is given up. */
export interface Wait {
  readonly what: string;
  readonly deadlineSeconds: number;
}

/** The envelope of every ARM resource. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type?: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly identity?: Readonly<Record<string, unknown>>;
  readonly properties?: Readonly<Record<string, unknown>>;
}
