import { spellingsOf } from './spellings.ts';

/** A secret that was found where none may be. */
export interface Leak {
  readonly kind: string;
  /** How it was spelt. */
  readonly form: string;
  /** The file or stream, and where in it. */
  readonly where: string;
}

/** Something that was let out: a stream, a file, a comment. */
export interface Emitted {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Looks for many secrets at once, in every spelling. */
export interface Search {
  /** Values that are known already are passed over. */
  add(values: Iterable<readonly [value: string, kind: string]>): void;
  /** The first finds of each secret and spelling. */
  in(emitted: Emitted): Leak[];
}

interface Needle {
  readonly kind: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Spellings of so many bytes are also looked for by halves: a value that was cut in two still shows one. */
const worthHalving = 24;

/** An empty search. One pass over the bytes serves all needles: they are found by their first four. */
export function openSearch(): Search {
  const known = new Set<string>();
  const needles = new Map<number, Needle[]>();
  const hint = new Uint8Array(1 << 16);
  const addNeedle = (needle: Needle): void => {
    const key = needle.bytes.readUInt32BE(0);
    const same = needles.get(key) ?? [];
    if (same.some(({ bytes }) => bytes.equals(needle.bytes))) return;
    needles.set(key, [...same, needle]);
    hint[hashOf(key)] = 1;
  };
  return {
    add(values) {
      for (const [value, kind] of values) {
        if (known.has(value)) continue;
        known.add(value);
        for (const { form, bytes } of spellingsOf(value)) {
          for (const needle of halvesOf(kind, form, bytes)) addNeedle(needle);
        }
      }
    },
    in: ({ name, bytes }) => {
      const found = new Map<string, Leak>();
      let key = 0;
      for (let end = 0; end < bytes.length; end++) {
        key = ((key << 8) | (bytes[end] ?? 0)) >>> 0;
        if (end < 3 || hint[hashOf(key)] === 0) continue;
        for (const needle of needles.get(key) ?? []) {
          if (!stands(needle.bytes, bytes, end - 3)) continue;
          const { kind, form } = needle;
          const id = `${kind} ${form}`;
          if (!found.has(id)) found.set(id, { kind, form, where: placeOf(name, bytes, end - 3) });
        }
      }
      return [...found.values()];
    },
  };
}

function hashOf(key: number): number {
  return (key ^ (key >>> 16)) & 0xffff;
}

function halvesOf(kind: string, form: string, bytes: Buffer): Needle[] {
  if (bytes.length < worthHalving) return [{ kind, form, bytes }];
  const middle = bytes.length >> 1;
  return [
    { kind, form, bytes: bytes.subarray(0, middle) },
    { kind, form: `${form} (its end)`, bytes: bytes.subarray(middle) },
  ];
}

function stands(needle: Buffer, bytes: Buffer, at: number): boolean {
  return (
    bytes.compare(needle, 0, needle.length, at, Math.min(at + needle.length, bytes.length)) === 0
  );
}

/** The line and what stands before the secret there; never the secret. */
function placeOf(name: string, bytes: Buffer, at: number): string {
  const before = bytes.subarray(Math.max(0, at - 4000), at).toString();
  const line = bytes.subarray(0, at).toString('latin1').split('\n').length;
  return `${name}, line ${line}, after ${JSON.stringify(before.slice(before.lastIndexOf('\n') + 1).slice(-60))}`;
}
