/**
 * Takes secrets out of text on its way out of this process. GitHub masks what a job prints, but not
 * what it writes into comments, issues, outputs and artifacts, and it knows fewer spellings.
 */
const stars = '***';

/** Secrets of this process; a value that was one stays one until the process ends. */
const known = new Set<string>();
let spelt: readonly string[] = [];
let wrappable: readonly string[] = [];

/** Spellings shorter than this are ordinary words; a mask of GitHub's has the same limit here. */
const shortest = 4;
/** Only what is at least this long is recognised where line ends cut it in pieces. */
const shortestWrapped = 16;

/** Has `scrubbed` take this value out of every text from here on. */
export function remember(value: string): void {
  if (value.length < shortest || known.has(value)) return;
  known.add(value);
  const bySize = (one: string, other: string): number => other.length - one.length;
  spelt = [...new Set([...spelt, ...spellingsOf(value)])].sort(bySize);
  wrappable = spelt.filter((text) => text.length >= shortestWrapped && !/\s/.test(text));
}

/**
 * The text without any secret: without every value that was remembered, in every spelling, and
 * without what has the shape of a secret that this process never held, such as a key that Azure
 * repeats in an error.
 */
export function scrubbed(text: string): string {
  const plain = spelt.reduce(
    (left, one) => (left.includes(one) ? left.replaceAll(one, stars) : left),
    text,
  );
  return withoutShapes(withoutWrapped(plain));
}

/** The same for every text in a JSON value. */
export function scrubbedDeep(value: unknown): unknown {
  if (typeof value === 'string') return scrubbed(value);
  if (Array.isArray(value)) return value.map(scrubbedDeep);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, scrubbedDeep(inner)]),
  );
}

/** A spelling that line ends have cut in pieces. */
function withoutWrapped(text: string): string {
  if (!text.includes('\n')) return text;
  const compact = text.replaceAll(/\s+/g, '');
  return wrappable.reduce((left, one) => {
    if (!compact.includes(one)) return left;
    const pieces = Array.from(one, (character) => character.replace(/[^\w]/, '\\$&'));
    return left.replaceAll(new RegExp(pieces.join('\\s*'), 'g'), stars);
  }, text);
}

/** Where a secret may stand in a text by itself, in another encoding or in the middle of one. */
function spellingsOf(value: string): string[] {
  const percent = encodeURIComponent(value);
  const json = inJson(value);
  const wide = Buffer.from(value, 'utf16le');
  const bytes = Buffer.from(value);
  const all = [
    value,
    ...value.split(/\r?\n/),
    percent,
    percent.replaceAll(/%[0-9A-F]{2}/g, (one) => one.toLowerCase()),
    new URLSearchParams({ '': value }).toString().slice(1),
    json,
    inJson(json),
    json.replaceAll(/[<>&]/g, escaped),
    json.replaceAll(/[<>&'+=]/g, escaped),
    inHtml(value, '&#39;'),
    inHtml(value, '&apos;'),
    Array.from(value).join('\0'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...[bytes, wide].flatMap((one) => [0, 1, 2].flatMap((shift) => inBase64(one, shift))),
  ];
  return all.filter((text) => text === value || text.length >= 2 * shortest);
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

/** Both alphabets; the characters that stand for these bytes alone where `shift` others go before them. */
function inBase64(bytes: Buffer, shift: number): string[] {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
  const first = Math.ceil((shift * 8) / 6);
  const text = whole.toString('base64').slice(first, Math.floor((whole.length * 8) / 6));
  return [text, text.replaceAll('+', '-').replaceAll('/', '_')];
}

/**
 * What looks like a secret: signatures of addresses, keys in connection strings, fields of JSON whose
 * names say so (quotes may be escaped), tokens of Entra and GitHub, logins in addresses, and keys of
 * storage accounts and their like (64 bytes in base64, encoded once more or not; a digest in a lock file has its name before it).
 */
const shapes: readonly (readonly [RegExp, string])[] = [
  [/(\bsig(?:=|%3D))[\w%+/=.~-]{10,}/gi, `$1${stars}`],
  [
    /(\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecret|ClientSecret|Password|Pwd)=)[^;&\s"'<>*]{4,}/gi,
    `$1${stars}`,
  ],
  [
    /("\w*(?:password|secret|accountKey|accessKey|primaryKey|secondaryKey|sharedKey|sasToken|access_?token|refresh_?token|connectionString)\\*"\s*:\s*\\*")[^"\\*][^"\\]{3,}/gi,
    `$1${stars}`,
  ],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}(?:\.[\w-]*)?/g, stars],
  [/\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,})/g, stars],
  [/(\b(?:Bearer|Basic)\s+)[\w.~+/-]{16,}=*/gi, `$1${stars}`],
  [/(\bhttps?:\/\/)[^\s/?#@:"'<>]*:[^\s/?#@"'<>]+@/gi, `$1${stars}@`],
  [
    /(?:(?<![\w+/=-])|(?<=%[0-9A-F]{2}))(?:[A-Z0-9+/]|%2[BF]|\\\/|\\u002[bf]){86}(?:=|%3D|\\u003d){2}(?![\w+/=])/gi,
    stars,
  ],
];

function withoutShapes(text: string): string {
  return shapes.reduce((left, [shape, instead]) => left.replaceAll(shape, instead), text);
}
