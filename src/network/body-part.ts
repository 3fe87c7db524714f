import type { Look } from './vantage.ts';

/** The longest part of a body that comes home: what fits into one run command's output. */
const LONGEST = 2400;

/** The longest slice that a look may ask for, before it is compressed. */
const LONGEST_SLICE = 262_144;

/** The bytes that a slice may have; a whole number, at least one. */
export function mostOf({ most }: { readonly most: number }): number {
  return Math.max(1, Math.min(Math.trunc(most), LONGEST_SLICE));
}

/** Bytes of the body that a look brings home at most; of a slice, after it was compressed. */
export function roomOf({ bytes, slice }: Pick<Look, 'bytes' | 'slice'>): number {
  if (slice !== undefined) return LONGEST;
  return Math.max(0, Math.min(Math.trunc(bytes ?? 220), LONGEST));
}

/**
 * The text of a part of a body. Where the body was cut there, a character of which only some bytes
 * came along is left out; what is no UTF-8 at all becomes replacement characters.
 */
export function textOfPart(part: Buffer, cut: boolean, end: 'start' | 'end' = 'start'): string {
  if (!cut) return part.toString();
  if (end === 'start')
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(part, { stream: true });
  let from = 0;
  while (from < Math.min(3, part.length) && ((part[from] ?? 0) & 0xc0) === 0x80) from += 1;
  return part.subarray(from).toString();
}
