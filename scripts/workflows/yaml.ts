/** A value as YAML writes it on one line, in the form that Prettier leaves alone. */
export function scalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  const plain =
    /^[A-Za-z][^\n]*$/.test(value) && !/: |:$| #|^(true|false|null|yes|no|on|off)$/i.test(value);
  if (plain || value.startsWith('${{')) return value;
  return value.includes("'") ? JSON.stringify(value) : `'${value}'`;
}

/** Lines of a mapping, with its values as they are written. */
export function mapping(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n');
}

/** Moves every line to the right; empty lines stay empty. */
export function indent(text: string, columns: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(columns));
}
