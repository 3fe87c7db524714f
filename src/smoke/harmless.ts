/** Long runs of letters and digits with a digit among them, as keys, tokens and signatures are. */
const keyLike = /(?=[\w+/=.~-]*\d)[\w+/=.~-]{16,}/g;
/** What stands at the end of a text that was cut may be the first part of one. */
const lastWord = /[\w+/=.~-]*\d[\w+/=.~-]*$/;

/**
 * Text from the other side, for a person's eyes: on one line, where no log takes it for a command,
 * at most `longest` characters, and without anything that looks like a key. An app that echoes what
 * it was sent would otherwise send the key home, which is not known on this side and so not masked.
 */
export function harmless(text: string, longest = 160): string {
  const short = text.slice(0, longest);
  const line = short.replace(/[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  const whole = text.length > longest ? line.replace(lastWord, '…') : line;
  return whole.replace(keyLike, '***').replaceAll('::', ': :').replaceAll('##[', '## [');
}
