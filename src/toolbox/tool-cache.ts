import { tmpdir } from 'node:os';
import type { ToolCache } from './index.ts';

/** The toolkit's tool cache; outside a runner it lies in the temporary folder of this machine. */
export async function openToolCache(): Promise<ToolCache> {
  process.env['RUNNER_TOOL_CACHE'] ??= `${tmpdir()}/innereye-tool-cache`;
  process.env['RUNNER_TEMP'] ??= tmpdir();
  const cache = await import('@actions/tool-cache');
  return {
    versions: (name) => cache.findAllVersions(name),
    find: (name, version) => cache.find(name, version) || undefined,
    store: (folder, name, version) => cache.cacheDir(folder, name, version),
    unzip: (file) => cache.extractZip(file),
  };
}
