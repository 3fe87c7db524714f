import { findOrInstallTerraform } from '../../../src/terraform/install/index.ts';
import { openFiles } from '../../../src/toolbox/files.ts';
import { openHttp } from '../../../src/toolbox/http.ts';
import { openShell } from '../../../src/toolbox/shell.ts';
import { openToolCache } from '../../../src/toolbox/tool-cache.ts';
import { signingKey } from '../../../src/trust/openpgp.ts';
import type { PinnedKey } from '../../../src/trust/openpgp.ts';

/**
 * Installs Terraform in a process of its own: authorities and proxy are read when Node starts.
 * Takes the pinned key and the input terraform-version as JSON, prints what came of it as the last line.
 */
const [key, terraformVersion] = JSON.parse(process.argv[2] ?? '') as [PinnedKey, string];
const silent = (): void => undefined;
const env = process.env;
const tools = {
  env,
  files: openFiles('/', env, { keep: silent }),
  shell: await openShell({ env, cancelled: new AbortController().signal }),
  toolCache: await openToolCache(),
  http: await openHttp(),
  log: {
    info: silent,
    warn: silent,
    notice: silent,
    debug: silent,
    group: (_: string, work: () => never) => work(),
  },
};
const wish = { terraformVersion, terraformMirror: 'https://mirror.example:8443' };
const origin = { keys: [signingKey(key)], os: 'linux', arch: 'amd64' };
try {
  console.log(JSON.stringify(await findOrInstallTerraform(wish, '>= 1.0', tools, origin)));
} catch (error) {
  console.log(JSON.stringify({ error: (error as Error).message }));
}
