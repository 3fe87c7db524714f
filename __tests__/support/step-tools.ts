import { openFiles } from '../../src/toolbox/files.ts';
import { openShell } from '../../src/toolbox/shell.ts';
import { azureTools } from './azure-tools.ts';
import type { TestTools } from './azure-tools.ts';

/**
 * Test tools with the real shell and real files: scratch folders below `folder`, shipped things from
 * `root`. `others` replaces the rest, such as tools whose id-tokens somebody believes.
 */
export async function stepTools(
  folder: string,
  root: string,
  others: TestTools = azureTools(),
): Promise<TestTools> {
  const env = { ...process.env, RUNNER_TEMP: folder };
  const shell = await openShell({ env, cancelled: others.cancelled });
  const files = openFiles(root, env, { keep: () => undefined });
  return { ...others, shell, files };
}
