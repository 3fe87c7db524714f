import { Problem } from '../errors.ts';
import type { Claims } from './claims.ts';

/** What this run asked for, and what it showed. */
export interface Presented {
  readonly clientId: string;
  readonly tenantId: string;
  /** Claims of the id-token that was presented; undefined where none was. */
  readonly idToken: Claims | undefined;
  /** Where id-tokens are asked for; undefined outside of GitHub Actions. */
  readonly issuingHost?: string | undefined;
}

interface Explanation {
  readonly what: (shown: Presented) => string;
  readonly next: (shown: Presented) => string;
}

/** The number of the first AADSTS error in a text. */
export function aadstsCode(text: string): string | undefined {
  return /AADSTS(\d{4,})/.exec(text)?.[1];
}

const addCredential = (shown: Presented): string =>
  `add a federated credential to the app registration or managed identity ${shown.clientId} with exactly these values:\n${factsOf(shown)}\n` +
  'All three are compared letter by letter. docs/setup.md shows how.';

const noMatch: Explanation = {
  what: (shown) =>
    `Entra knows no federated credential of ${shown.clientId} that fits the id-token of this run. It presented:\n${factsOf(shown)}`,
  next: addCredential,
};

const unknownClient: Explanation = {
  what: ({ clientId, tenantId }) =>
    `There is no application or managed identity with client id ${clientId} in tenant ${tenantId}.`,
  next: () =>
    'check client-id and tenant-id: client-id is the "Application (client) ID", not the object id. A new identity takes a minute to be known.',
};

const unknownTenant: Explanation = {
  what: ({ tenantId }) => `There is no Entra tenant ${tenantId}.`,
  next: () => 'check tenant-id (az account show --query tenantId).',
};

/** Codes as Entra documents them (learn.microsoft.com, "Microsoft Entra authentication and authorization error codes"). */
const explanations: Readonly<Record<string, Explanation>> = {
  '700213': noMatch,
  '70021': noMatch,
  '700211': {
    what: (shown) =>
      `No federated credential of ${shown.clientId} trusts the issuer of this run's id-token. It presented:\n${factsOf(shown)}`,
    next: addCredential,
  },
  '700212': {
    what: (shown) =>
      `No federated credential of ${shown.clientId} takes the audience of this run's id-token. It presented:\n${factsOf(shown)}`,
    next: addCredential,
  },
  '700024': {
    what: ({ idToken }) =>
      `The id-token was outside its time when Entra saw it (${lifeOf(idToken)}).`,
    next: () =>
      'run again: every login uses a fresh id-token, so this one was held up on its way. On GitHub Enterprise Server, compare the clock of the server with the time above.',
  },
  '700016': unknownClient,
  '700025': {
    what: ({ clientId }) =>
      `${clientId} is a public client, which may not log in with an id-token.`,
    next: () =>
      'create the federated credential on a confidential app registration or a managed identity.',
  },
  '90002': unknownTenant,
  '90013': unknownTenant,
  '900021': unknownTenant,
  '900023': unknownTenant,
  '50020': {
    what: ({ tenantId }) => `The account that is logged in does not belong to tenant ${tenantId}.`,
    next: ({ tenantId }) =>
      `log in to that tenant (az login --tenant ${tenantId}), or correct tenant-id.`,
  },
  '7000112': {
    what: ({ clientId }) => `The application ${clientId} is disabled.`,
    next: () =>
      'an administrator of the tenant can enable it: Entra admin centre, Enterprise applications, Properties, "Enabled for users to sign-in".',
  },
  '7000215': {
    what: ({ clientId }) => `Entra refused the secret of ${clientId}.`,
    next: () =>
      'this action uses no secret: remove other logins from this job, and use a federated credential.',
  },
  '7000222': {
    what: ({ clientId }) => `The secret of ${clientId} has expired.`,
    next: () => 'this action needs none: use a federated credential (docs/setup.md).',
  },
  '53003': {
    what: () => 'A conditional access policy of the tenant blocks this login.',
    next: () =>
      'ask an administrator of the tenant to look at the sign-in log; policies for workload identities may bind logins to known addresses, and hosted runners have none.',
  },
  '500011': {
    what: ({ tenantId }) => `Azure Resource Manager is not known in tenant ${tenantId}.`,
    next: () => 'check tenant-id: it must be the tenant of the subscription.',
  },
};

/** The Problem for a login that failed: names what this run presented, never a guess of it. */
export function explainLogin(text: string, shown: Presented, cause: unknown): Problem {
  const untold = /Failed to get ID Token[^]*Error Message: (.*)/.exec(text)?.[1];
  if (untold !== undefined) return noIdToken(untold, shown, cause);
  const code = aadstsCode(text);
  const known = code === undefined ? undefined : explanations[code];
  const trace = /Trace ID: [^.\r\n]+/.exec(text)?.[0];
  if (known === undefined) {
    return new Problem(
      `Entra refused the login: ${firstLine(text)}\nThis run presented:\n${factsOf(shown)}`,
      code === undefined
        ? 'check that this machine reaches login.microsoftonline.com (proxy, firewall), then run again.'
        : `look the code up at https://login.microsoftonline.com/error?code=${code}.`,
      { cause, anchor: 'login' },
    );
  }
  const source = `Entra said AADSTS${code ?? ''}${trace === undefined ? '' : ` (${trace})`}.`;
  return new Problem(`${known.what(shown)}\n${source}`, known.next(shown), {
    cause,
    anchor: 'login',
  });
}

/** Entra was never asked: the toolkit's words where GitHub's own service gives no id-token. */
function noIdToken(reason: string, { issuingHost }: Presented, cause: unknown): Problem {
  const host = issuingHost ?? 'the host of ACTIONS_ID_TOKEN_REQUEST_URL';
  return new Problem(
    `GitHub gave this run no id-token to log in with: ${reason.trim()}.`,
    `check that this machine reaches ${host} (a runner of your own behind a proxy or firewall needs it opened), then run again.`,
    { cause, anchor: 'login' },
  );
}

/** Subject, issuer and audience, one to a line, as they are in the token. */
function factsOf({ idToken, clientId, tenantId }: Presented): string {
  if (idToken === undefined) return `  client id: ${clientId}\n  tenant:    ${tenantId}`;
  const audience = typeof idToken.aud === 'string' ? idToken.aud : idToken.aud?.join(', ');
  return [
    `  subject:  ${idToken.sub ?? '(none)'}`,
    `  issuer:   ${idToken.iss ?? '(none)'}`,
    `  audience: ${audience ?? '(none)'}`,
  ].join('\n');
}

function lifeOf(claims: Claims | undefined): string {
  const time = (seconds: number | undefined): string =>
    seconds === undefined ? 'unknown' : new Date(seconds * 1000).toISOString();
  return `valid from ${time(claims?.iat)} to ${time(claims?.exp)}`;
}

function firstLine(text: string): string {
  return text.split(/\r?\n/)[0]?.slice(0, 500) ?? '';
}
