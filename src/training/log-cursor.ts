/** How far the log of a job has been read. A value: nothing in it changes. */
export interface Cursor {
  /** Bytes of the log that were taken. */
  readonly at: number;
  /** What was taken behind the last end of a line, and not yet given out. */
  readonly half: Buffer;
  /** The last bytes that were taken: they must still stand there, or it is another log. */
  readonly tail: Buffer;
  /** The first bytes of the log, known again by them where it looks shorter than it was. */
  readonly head: Buffer;
  /** Whether the log looked shorter than it was: it began anew, or its transfer broke off. */
  readonly doubt: boolean;
  /** Whether the job was seen to begin anew: a log that looks shorter is a new one then. */
  readonly suspect: boolean;
}

/** A piece of a log as a look brought it home: `from` bytes stand before it, `size` bytes were there. */
export interface Piece {
  readonly from: number;
  readonly bytes: Buffer;
  readonly size: number;
}

/** What came of a piece. */
export interface Taken {
  readonly cursor: Cursor;
  /** Whole lines, without their ends. */
  readonly lines: readonly string[];
  /** The log is another one than before; these lines, but for a last half one, and all later ones are of the new one. */
  readonly restarted: boolean;
}

const TAIL_BYTES = 256;
const HEAD_BYTES = 1024;
/** A line that has no end by then is given out in parts. */
const LONGEST_HALF = 65_536;
const END_OF_LINE = 0x0a;
const nothing: Buffer = Buffer.alloc(0);

/** The beginning of a log. */
export const beginning: Cursor = {
  ...{ at: 0, half: nothing, tail: nothing, head: nothing },
  ...{ doubt: false, suspect: false },
};

/** The job was seen to begin anew; its log may do so, too, now or in a while. */
export function expectRestart(cursor: Cursor): Cursor {
  return { ...cursor, suspect: cursor.at > 0, doubt: cursor.at > 0 };
}

/** Which piece to ask for next, at most `most` bytes: what is new, and enough before it to know the log again. */
export function nextPiece(
  { at, tail, doubt }: Cursor,
  most: number,
): { from: number; most: number } {
  return doubt ? { from: 0, most: HEAD_BYTES } : { from: at - tail.length, most };
}

/**
 * Takes a piece that was asked for with `nextPiece`. A log only grows: where bytes that were taken
 * before are others now, a job that was restarted writes a new log, and reading begins anew. A log
 * that only looks shorter may be a transfer that broke off, so its beginning is compared first.
 */
export function take(cursor: Cursor, piece: Piece): Taken {
  if (cursor.doubt) return afterDoubt(cursor, piece);
  const { tail } = cursor;
  const known = piece.bytes.subarray(0, tail.length);
  if (!known.equals(tail.subarray(0, known.length))) return restarted(cursor);
  if (piece.size < cursor.at) {
    if (cursor.suspect) return restarted(cursor);
    return { cursor: { ...cursor, doubt: true }, lines: [], restarted: false };
  }
  return { ...grown(cursor, piece.bytes.subarray(tail.length)), restarted: false };
}

function afterDoubt(cursor: Cursor, { bytes }: Piece): Taken {
  const common = Math.min(bytes.length, cursor.head.length);
  const isSame = bytes.subarray(0, common).equals(cursor.head.subarray(0, common));
  if (isSame) return { cursor: { ...cursor, doubt: false }, lines: [], restarted: false };
  return restarted(cursor);
}

function restarted(cursor: Cursor): Taken {
  return { cursor: beginning, lines: lastLine(cursor), restarted: true };
}

function grown(cursor: Cursor, added: Buffer): { cursor: Cursor; lines: string[] } {
  const { at, head } = cursor;
  const all = Buffer.concat([cursor.half, added]);
  const end = all.lastIndexOf(END_OF_LINE) + 1;
  const rest = all.subarray(end);
  const isEndless = rest.length > LONGEST_HALF;
  const whole = isEndless ? all : all.subarray(0, end);
  const lines = whole.length === 0 ? [] : textOf(whole).replace(/\n$/, '').split('\n');
  const seen = Buffer.concat([cursor.tail, added]);
  return {
    lines: lines.map((line) => line.replace(/\r$/, '')),
    cursor: {
      at: at + added.length,
      half: isEndless ? nothing : Buffer.from(rest),
      tail: Buffer.from(seen.subarray(-TAIL_BYTES)),
      head:
        at >= HEAD_BYTES || at > head.length
          ? head
          : Buffer.concat([head, added]).subarray(0, HEAD_BYTES),
      doubt: false,
      suspect: cursor.suspect && added.length === 0,
    },
  };
}

/** Leaves out what stands before byte `to`; the half line that was held is given out. */
export function skipTo(cursor: Cursor, to: number): { cursor: Cursor; lines: readonly string[] } {
  const ahead = { ...cursor, at: to, half: nothing, tail: nothing };
  return { cursor: ahead, lines: lastLine(cursor) };
}

/** The line behind the last end of a line, where there is one: the log has ended, or goes on elsewhere. */
export function lastLine({ half }: Cursor): readonly string[] {
  return half.length === 0 ? [] : [textOf(half)];
}

function textOf(bytes: Buffer): string {
  return bytes.toString();
}
