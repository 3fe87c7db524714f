/**
 * Cuts the schemas this provider serves out of the output of `terraform providers schema -json` of
 * the real azurerm provider:
 *   node local-azure/provider/extract-schema.ts <printed.json> [--check]
 * Without --check it rewrites `facts/schema.json`; with it, it only says whether the two differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compactSchema } from './terraform/compact.ts';
import type { PrintedSchema } from './terraform/compact.ts';
import { resourceTables } from './resources/index.ts';

interface Printed {
  provider_schemas: Record<
    string,
    {
      provider: PrintedSchema;
      resource_schemas: Record<string, PrintedSchema>;
      data_source_schemas: Record<string, PrintedSchema>;
    }
  >;
}

const file = join(dirname(fileURLToPath(import.meta.url)), 'facts', 'schema.json');

function cut(printed: Printed): unknown {
  const found = Object.entries(printed.provider_schemas).find(([name]) =>
    name.endsWith('/azurerm'),
  )?.[1];
  if (found === undefined) throw new Error('The file holds no schema of a provider named azurerm.');
  const take = (schemas: Record<string, PrintedSchema>, names: string[]): unknown =>
    Object.fromEntries(
      names.sort().map((name) => [name, compactSchema(schemas[name] as PrintedSchema)]),
    );
  return {
    provider: compactSchema(found.provider),
    resources: take(found.resource_schemas, Object.keys(resourceTables)),
    dataSources: take(found.data_source_schemas, ['azurerm_client_config']),
  };
}

const [source, mode] = process.argv.slice(2);
if (source === undefined) throw new Error('Name the file with the printed schema.');
const text = `${JSON.stringify(cut(JSON.parse(readFileSync(source, 'utf8')) as Printed), null, 1)}\n`;
if (mode !== '--check') writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write(`${file} is not what ${source} says.\n`);
  process.exitCode = 1;
}
