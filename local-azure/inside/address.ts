import { createHash } from 'node:crypto';

/** An IPv4 address as an unsigned number, or undefined where the text is none. */
export function addressNumber(address: string): number | undefined {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return undefined;
  }
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** An unsigned number as an IPv4 address. */
export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}

/** First and last address of a range: CIDR (`10.0.0.0/8`), `a-b`, or one address. */
function bounds(range: string): readonly [number, number] | undefined {
  const [from, to] = range.split('-').map((part) => addressNumber(part.trim()));
  if (range.includes('-')) {
    return from === undefined || to === undefined ? undefined : [from, to];
  }
  const [base = '', length = '32'] = range.split('/');
  const start = addressNumber(base);
  const bits = Number(length);
  if (start === undefined || !Number.isInteger(bits) || bits < 0 || bits > 32) return undefined;
  const size = 2 ** (32 - bits);
  const first = Math.floor(start / size) * size;
  return [first, first + size - 1];
}

/** Whether the address lies in the range (CIDR, `a-b`, one address, or `*`). */
export function inRange(address: string, range: string): boolean {
  if (range === '*' || range === '0.0.0.0/0') return true;
  const limits = bounds(range);
  const number = addressNumber(address);
  return limits !== undefined && number !== undefined && number >= limits[0] && number <= limits[1];
}

/** How many leading bits the prefix fixes; -1 where the text is no prefix. */
export function prefixLength(prefix: string): number {
  if (bounds(prefix) === undefined || prefix.includes('-')) return -1;
  return prefix.includes('/') ? Number(prefix.split('/')[1]) : 32;
}

/** The nth host address of a prefix, counted after the five that Azure keeps in every subnet. */
export function hostAddress(prefix: string, nth: number): string {
  const limits = bounds(prefix);
  if (limits === undefined) throw new RangeError(`${prefix} is no IPv4 prefix`);
  const usable = Math.max(1, limits[1] - limits[0] - 4);
  return addressText(limits[0] + 4 + (nth % usable));
}

/** Whether a port lies in a range: `443`, `8000-8010`, or `*`. */
export function inPortRange(port: number, range: string): boolean {
  if (range === '*') return true;
  const [from, to = from] = range.split('-').map(Number);
  return from !== undefined && to !== undefined && port >= from && port <= to;
}

/**
 * The address a public host name has for Local Azure: always the same, from 198.18.0.0/15, the
 * block that RFC 2544 keeps for tests, so that it never is a real one.
 */
export function publicAddress(host: string): string {
  const digest = createHash('sha256').update(host.toLowerCase()).digest();
  return addressText((addressNumber('198.18.0.0') ?? 0) + (digest.readUInt32BE(0) % 2 ** 17));
}
