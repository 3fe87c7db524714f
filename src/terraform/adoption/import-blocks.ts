import type { Import } from './index.ts';

/** Import blocks (Terraform 1.5) for these; ids come from Azure, so nothing in one is taken for a template. */
export function importBlocks(imports: readonly Import[]): string {
  return imports
    .map(({ address, id }) => `import {\n  to = ${address}\n  id = ${literal(id)}\n}\n`)
    .join('\n');
}

/** A string of HCL that means exactly this text; `$$` in a replacement pattern would mean one `$`. */
function literal(text: string): string {
  return JSON.stringify(text).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
}
