import { Problem } from '../errors.ts';

/** A diagnostic as `terraform … -json` prints it (Terraform's documentation, "Machine-Readable UI"). */
export interface Diagnostic {
  readonly severity: string;
  readonly summary: string;
  readonly detail?: string;
  readonly address?: string;
  readonly range?: { readonly filename?: string; readonly start?: { readonly line?: number } };
}

interface Remedy {
  readonly pattern: RegExp;
  readonly next: string;
  readonly anchor: string;
}

/** What to do about the failures that have a known cure; the first match wins. */
const remedies: readonly Remedy[] = [
  {
    // Before the lock: who may not write the state cannot take its lock either, and nobody holds it.
    pattern: /AuthorizationPermissionMismatch/i,
    next: 'give this identity the role Storage Blob Data Contributor on the storage account of the state (docs/setup.md, "The state"); an identity that only plans must not deploy.',
    anchor: 'state',
  },
  {
    pattern:
      /failed to lock azure state[^]*(response was nil|connection (reset|refused)|EOF|timeout)/i,
    next: 'an answer of the storage service was lost, so nobody can tell whether the state is locked now. Run again: that run says at once whether it is, and what to do.',
    anchor: 'state-lock',
  },
  {
    pattern: /error acquiring the state lock|failed to lock azure state/i,
    next: 'wait until the run that holds the lock has ended, and run again; the text above says who holds it (Who) and since when (Created).',
    anchor: 'state-lock',
  },
  {
    pattern: /Saved plan is stale/i,
    next: 'another run has changed the state since this one planned. Nothing was done by this apply; run the same command again: it plans anew.',
    anchor: 'state-lock',
  },
  {
    pattern: /already exists - to be managed via Terraform|needs to be imported/i,
    next: 'run deploy again: it takes over what an earlier run of this environment left, or says why it cannot.',
    anchor: 'already-exists',
  },
  {
    pattern: /Unsupported Terraform Core version/i,
    next: 'give the input terraform-version a range that satisfies the configuration, or leave it empty.',
    anchor: 'terraform-version',
  },
  {
    pattern:
      /Failed to query available provider packages|Could not (retrieve|connect)|Failed to install provider/i,
    next: 'let this runner reach the Terraform registry, or name a mirror in a CLI configuration (TF_CLI_CONFIG_FILE).',
    anchor: 'provider-download',
  },
  {
    pattern: /AADSTS\d+/,
    next: 'the login of Terraform failed; docs/setup.md, step 2, shows the federated credential it needs.',
    anchor: 'login',
  },
  {
    pattern: /AuthorizationFailed|does not have authorization/i,
    next: 'give the identity of this workflow its role of docs/setup.md, step 3 (InnerEye deployer where it deploys, InnerEye plan where it only plans and checks drift), in the form of this version, and run again.',
    anchor: 'roles',
  },
  {
    pattern: /connection (refused|reset)|EOF|no such host|i\/o timeout|proxyconnect/i,
    next: 'Azure could not be reached. What was made is in the state; run the same command again.',
    anchor: 'network',
  },
];

/** One Problem out of all that Terraform said went wrong, with a remedy where one is known. */
export function explainTerraform(what: string, diagnostics: readonly Diagnostic[]): Problem {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  const told = errors.map(tell).join('\n');
  const remedy = remedies.find(({ pattern }) => pattern.test(told));
  return new Problem(
    `${what}${told === '' ? '.' : `:\n${told}`}`,
    remedy?.next ?? 'correct what Terraform names above, and run again.',
    { anchor: remedy?.anchor ?? 'terraform' },
  );
}

function tell({ summary, detail, address, range }: Diagnostic): string {
  const line = range?.start?.line;
  const place = [address, range?.filename && `${range.filename}${line ? `:${line}` : ''}`]
    .filter(Boolean)
    .join(', ');
  const body = detail ? `\n    ${detail.trim().replaceAll('\n', '\n    ')}` : '';
  return `  ${summary}${place ? ` (${place})` : ''}${body}`;
}
