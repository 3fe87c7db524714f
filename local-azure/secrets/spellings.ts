/** One way in which a value can stand in bytes. */
export interface Spelling {
  readonly form: string;
  readonly bytes: Buffer;
}

/**
 * Every way in which a secret is looked for. Base64 is taken at all three alignments, so that a
 * secret in the middle of an encoded text is found; the characters at its edges, which belong to its
 * neighbours as well, are left out.
 */
export function spellingsOf(value: string): Spelling[] {
  const texts: (readonly [string, string])[] = [
    ['as it is', value],
    ...linesOf(value).map((line) => ['a line of it', line] as const),
    ...encodingsOf(value),
  ];
  const all = [
    ...texts.map(([form, text]) => ({ form, bytes: Buffer.from(text) })),
    { form: 'UTF-16LE', bytes: Buffer.from(value, 'utf16le') },
    { form: 'UTF-16BE', bytes: Buffer.from(value, 'utf16le').swap16() },
  ];
  const seen = new Set<string>();
  return all.filter(({ bytes }) => {
    const key = bytes.toString('latin1');
    if (bytes.length < 8 || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function linesOf(value: string): string[] {
  const lines = value.split(/\r?\n/);
  return lines.length > 1 ? lines : [];
}

function encodingsOf(value: string): (readonly [string, string])[] {
  const bytes = Buffer.from(value);
  const percent = encodeURIComponent(value);
  const json = inJson(value);
  const hex = bytes.toString('hex');
  return [
    ['percent-encoded', percent],
    [
      'percent-encoded, lower case',
      percent.replaceAll(/%[0-9A-F]{2}/g, (one) => one.toLowerCase()),
    ],
    ['form-encoded', new URLSearchParams({ '': value }).toString().slice(1)],
    ['JSON', json],
    ['JSON in JSON', inJson(json)],
    ['JSON with \\u escapes', json.replaceAll(/[<>&'+=]/g, escaped)],
    ['HTML', inHtml(value, '&#39;')],
    ['XML', inHtml(value, '&apos;')],
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
    ...[0, 1, 2].flatMap((shift) => {
      const text = inBase64(bytes, shift);
      return [
        [`base64, shifted by ${shift}`, text],
        [`base64url, shifted by ${shift}`, text.replaceAll('+', '-').replaceAll('/', '_')],
      ] as const;
    }),
    ['base64 of UTF-16LE', inBase64(Buffer.from(value, 'utf16le'), 0)],
  ];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function inHtml(text: string, apostrophe: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", apostrophe);
}

/** The characters that stand for these bytes alone where `shift` others go before them. */
function inBase64(bytes: Buffer, shift: number): string {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
  const first = Math.ceil((shift * 8) / 6);
  return whole.toString('base64').slice(first, Math.floor((whole.length * 8) / 6));
}
