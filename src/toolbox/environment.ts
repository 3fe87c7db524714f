/** What a child may inherit: what finds programs and the network, and nothing that proves who we are. By
 * the tracking id the runner finds, and ends, what is still there at the end of the job. */
const harmless =
  /^(PATH|HOME|USER|SHELL|TMPDIR|TEMP|TMP|LANG|LC_\w+|TZ|SYSTEMROOT|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|USERPROFILE|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|CURL_CA_BUNDLE|REQUESTS_CA_BUNDLE|TF_\w+|GO_AZURE_SDK_\w+|RUNNER_(TEMP|TOOL_CACHE|TRACKING_ID))$/i;

/** The part of an environment that children may see. Tokens of the runner and inputs are not in it. */
export function harmlessPart(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && harmless.test(entry[0]),
    ),
  );
}
