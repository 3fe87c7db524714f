import { RESULTS_HOST } from './operations/github/artifact-service.ts';
import { idTokenUrl } from './operations/github/id-token.ts';
import type { WorkflowRun } from './operations/github/workflow-run.ts';
import type { Settled } from './options.ts';

/** Where the parts of a running Local Azure are to be found. */
export interface Places {
  readonly proxyUrl: string;
  readonly authorityFile: string;
  /** Terraform's CLI configuration, where one was made or given. */
  readonly cliConfigFile: string | undefined;
  /** What the job shows to the results service. */
  readonly runtimeToken: string;
  /** Hosts beyond this machine that Terraform may need for the real provider. */
  readonly direct: readonly string[];
}

/**
 * The variables by which any program uses Local Azure: a proxy, an authority, ids, and the job's
 * endpoints for id-tokens and artifacts. Nothing in them is particular to Local Azure.
 */
export function environmentOf(
  options: Settled,
  run: WorkflowRun,
  places: Places,
): Record<string, string> {
  const url = idTokenUrl(run);
  return {
    HTTPS_PROXY: places.proxyUrl,
    NO_PROXY: ['localhost', '127.0.0.1', ...places.direct].join(','),
    ...authorities(places.authorityFile),
    ARM_CLIENT_ID: options.clientId,
    ARM_TENANT_ID: options.tenantId,
    ARM_SUBSCRIPTION_ID: options.subscriptionId,
    ARM_USE_OIDC: 'true',
    ARM_OIDC_REQUEST_URL: url,
    ARM_OIDC_REQUEST_TOKEN: run.requestToken,
    ACTIONS_ID_TOKEN_REQUEST_URL: url,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: run.requestToken,
    ACTIONS_RESULTS_URL: `https://${RESULTS_HOST}/`,
    ACTIONS_RUNTIME_TOKEN: places.runtimeToken,
    GITHUB_API_URL: 'https://api.github.com',
    GITHUB_TOKEN: run.token,
    GITHUB_REPOSITORY: run.repository,
    GITHUB_RUN_ID: String(run.runId),
    // Terraform asks a HashiCorp host for news of itself unless told not to.
    CHECKPOINT_DISABLE: 'true',
    ...(places.cliConfigFile === undefined ? {} : { TF_CLI_CONFIG_FILE: places.cliConfigFile }),
  };
}

/** Each family of programs reads its own variable: Go, Node, Python, curl. */
function authorities(file: string): Record<string, string> {
  return {
    SSL_CERT_FILE: file,
    NODE_EXTRA_CA_CERTS: file,
    REQUESTS_CA_BUNDLE: file,
    CURL_CA_BUNDLE: file,
  };
}
