/** A body as an operation sees it, or why it could not be read. */
export interface DecodedBody {
  readonly value?: unknown;
  readonly problem?: string;
}

/** Decodes JSON and forms by content type; anything else stays bytes. */
export function decodeBody(contentType: string | undefined, raw: Buffer): DecodedBody {
  if (raw.length === 0) return {};
  const type = (contentType ?? '').toLowerCase();
  if (type.includes('x-www-form-urlencoded')) {
    return { value: Object.fromEntries(new URLSearchParams(raw.toString('utf8'))) };
  }
  if (!/\bjson\b|\+json/.test(type)) return {};
  try {
    return { value: JSON.parse(raw.toString('utf8')) as unknown };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** How an answer's body goes over the wire: bytes and text as they are, the rest as JSON. */
export function encodeBody(body: unknown): { bytes: Buffer; type: string | undefined } {
  if (body === undefined) return { bytes: Buffer.alloc(0), type: undefined };
  if (body instanceof Uint8Array) {
    return { bytes: Buffer.from(body.buffer, body.byteOffset, body.byteLength), type: undefined };
  }
  if (typeof body === 'string') return { bytes: Buffer.from(body), type: 'text/plain' };
  return { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json; charset=utf-8' };
}
