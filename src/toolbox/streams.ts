import { scrubbed } from '../scrub.ts';

/** A stream of this process, as far as it is guarded. */
export interface Stream {
  write(chunk: string | Uint8Array, ...rest: never[]): boolean;
}

/**
 * Has streams leave out secrets, whoever writes to them: libraries have logs of their own, which a
 * variable of the job switches on. Masks pass: in them the secret is what GitHub must be told.
 */
export function guardStreams(streams: readonly Stream[]): void {
  for (const stream of streams) {
    const write = stream.write.bind(stream);
    stream.write = (chunk, ...rest) => write(guarded(chunk), ...rest);
  }
}

const mask = '::add-mask::';

function guarded(chunk: string | Uint8Array): string | Uint8Array {
  const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
  const clean = text.includes(mask) ? text.split('\n').map(line).join('\n') : scrubbed(text);
  return clean === text ? chunk : clean;
}

function line(text: string): string {
  return text.startsWith(mask) ? text : scrubbed(text);
}
