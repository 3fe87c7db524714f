import type { World } from './world.ts';

/** A request as an operation sees it: authenticated, routed, its JSON body decoded. */
export interface Call {
  readonly method: string;
  /** Real host name, such as management.azure.com. */
  readonly host: string;
  /** Named parts of the route, as the client spelt them. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded JSON or form, or undefined. */
  readonly body: unknown;
  readonly rawBody: Buffer;
  /** Who asks; undefined where the operation needs no token. */
  readonly caller: Caller | undefined;
  /** The whole ARM path without query, as the client spelt it. */
  readonly path: string;
  /** Through which door the request came. */
  readonly vantage: 'outside' | 'inside';
  /** Who stands behind a request from inside, such as the resource id of a machine. */
  readonly source?: string | undefined;
  /** The address that the service sees the request come from; the runner's where left out. */
  readonly clientAddress?: string | undefined;
  /** The subnet that a request over a service endpoint comes from. */
  readonly subnetId?: string | undefined;
}

/** The principal behind an access token. */
export interface Caller {
  readonly objectId: string;
  readonly tenantId: string;
  readonly audience: string;
}

export interface Answer {
  readonly status: number;
  /** What stands behind the status, where the service has words of its own. */
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or bytes as they are. */
  readonly body?: unknown;
}

/**
 * One HTTP operation of Azure, Entra or GitHub as a value: the router, the check of roles and the
 * support matrix all come from this one object.
 */
export interface Operation {
  /** Host name; a `*`, as in `*.vault.azure.net`, stands for one label. */
  readonly host: string;
  /** Method and path with `{named}` parts; `{rest...}` takes what is left. */
  readonly route: string;
  /** The RBAC action the caller needs at the path, where one is needed. */
  readonly needs?: string;
  /** Access-token audience that is accepted; undefined for operations without a token. */
  readonly audience?: string | undefined;
  /** What of Azure is left out here, for the support matrix. */
  readonly simplified?: string;
  /**
   * Whether a host that fits `host` has a name in DNS now, for hosts that belong to a resource.
   * Where some operations of a host have it, one of them must say so; else the host is refused like
   * a name that does not resolve.
   */
  hostExists?(host: string, world: World): boolean;
  answer(call: Call, world: World): Answer | Promise<Answer>;
}
