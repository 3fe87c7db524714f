/** One request to make from a vantage point. Everything here may be seen by who reads the machine's log: no secrets. */
export interface Look {
  /** Unique among the looks of one call; letters, digits and hyphens. */
  readonly name: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is; a POST without one has an empty body. */
  readonly body?: string | Buffer;
  /** A header whose value is a Key Vault secret, fetched at the vantage point and never brought home. */
  readonly secretHeader?: SecretHeader;
  /** Sends an access token of the vantage point's own identity for this resource, such as https://management.azure.com. */
  readonly bearer?: string;
  /** Sends that token as this field of a form, after the fields of `body`, and not as a header. */
  readonly bearerField?: string;
  /** The answer is JSON and holds an address under this key: what that address answers becomes the body. */
  readonly linked?: string;
  /** Only the lines of the body that hold this text. */
  readonly pick?: string;
  /** Which end of the body to bring home; the start unless told. */
  readonly part?: 'start' | 'end';
  /** How much of it, at most 2,400 bytes; 220 unless told. A character that the end would split is left out. */
  readonly bytes?: number;
  /** Brings home bytes from the middle instead, compressed on the way; `part` and `bytes` then say nothing. */
  readonly slice?: Slice;
  /** Also says what the host's name resolves to at the vantage point. */
  readonly resolve?: boolean;
  /** Given up after so many seconds; 30 unless told. */
  readonly seconds?: number;
}

/** A piece of a body: as many bytes from `from` on as come home in one go, which may be fewer than `most`. */
export interface Slice {
  /** Bytes before the piece. */
  readonly from: number;
  /** At most 262,144 bytes. */
  readonly most: number;
}

export interface SecretHeader {
  readonly header: string;
  /** Address of the vault, such as https://name.vault.azure.net. */
  readonly vaultUri: string;
  readonly secret: string;
}

/** What one look saw. Written by the other side and the machine in between: hostile until judged. */
export interface Sight {
  readonly name: string;
  /** HTTP status, also of an answer that broke off; undefined where none came, and then `failure` says why. */
  readonly status: number | undefined;
  readonly failure: Failure | undefined;
  /** Lower-case names; only the few that the probe brings home. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The bytes that a look at a slice brought home, and how many the whole body has (its lines with `pick`, where that was asked). */
  readonly slice?: { readonly bytes: Buffer; readonly size: number };
  /** Whether the body was longer than what was brought home, or broke off. */
  readonly cut: boolean;
  /** Address the request went to; empty where it is not known. */
  readonly remoteAddress: string;
  readonly resolved: readonly string[];
  readonly seconds: number;
}

export interface Failure {
  /**
   * `unreached`: refused, cut off or not answered in time; `untrusted`: somebody answered with a
   * certificate that is not trusted; `unsure`: it failed on this side (a name that does not resolve,
   * a proxy that refuses), which says nothing of the other; `token`: the machine's identity gave no
   * token; `secret`: Key Vault did not give the secret; `linked`: the linked address did not answer.
   */
  readonly kind: 'unreached' | 'untrusted' | 'unsure' | 'token' | 'secret' | 'linked';
  readonly text: string;
}

/** A place from which requests are made. */
export interface Vantage {
  /** Sights in the order of the looks. */
  look(looks: readonly Look[]): Promise<readonly Sight[]>;
}

/** A vantage point that holds something (a running machine) until it is closed. */
export interface OpenVantage extends Vantage {
  close(): Promise<void>;
}
