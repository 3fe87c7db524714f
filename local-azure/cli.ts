import { rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { start } from './index.ts';
import type { LocalAzureOptions, ProviderChoice } from './options.ts';

const USAGE = `Starts Local Azure and keeps it running until Ctrl-C.

  npm run local-azure -- --env-file FILE [options]

  --env-file FILE      where the variables for other programs are written (KEY='value' lines)
  --provider CHOICE    azurerm for Terraform: stand-in (default), real, auto or none
  --pace NUMBER        1 is as slow as Azure, 0 answers at once (default 0.02)
  --repository NAME    owner/name that the id-tokens speak for
  --subject SUBJECT    what the job's id-token presents
  --journal FILE       every request, one JSON object a line
`;

const PROVIDERS: readonly string[] = ['stand-in', 'real', 'auto', 'none'];

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  const asked = read(args);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n\n${USAGE}`);
    return 2;
  }
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const azure = await start(asked.options);
  try {
    await writeFile(asked.envFile, lines(azure.environment), { mode: 0o600 });
    process.stdout.write(hint(asked.envFile, azure.proxyUrl, azure.provider));
    await ended;
  } finally {
    await azure.stop();
    await rm(asked.envFile, { force: true });
  }
  return 0;
}

interface Asked {
  readonly envFile: string;
  readonly options: LocalAzureOptions;
}

/** What was asked on the command line, or what is wrong with it. */
function read(args: string[]): Asked | string {
  try {
    const text = { type: 'string' } as const;
    const names = ['env-file', 'provider', 'pace', 'repository', 'subject', 'journal'];
    const options = Object.fromEntries(names.map((name) => [name, text]));
    const { values } = parseArgs({ args, options });
    return ask(values);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function ask(values: Readonly<Record<string, string | undefined>>): Asked | string {
  const envFile = values['env-file'];
  if (envFile === undefined) return 'Name a file for the variables: --env-file FILE';
  const pace = values['pace'] === undefined ? undefined : Number(values['pace']);
  if (pace !== undefined && !(pace >= 0))
    return `--pace takes a number from 0, not '${values['pace']}'`;
  const provider = values['provider'] ?? 'stand-in';
  if (!PROVIDERS.includes(provider)) return `--provider takes one of ${PROVIDERS.join(', ')}`;
  const chosen = {
    pace,
    provider: provider as ProviderChoice,
    repository: values['repository'],
    subject: values['subject'],
    journalFile: values['journal'],
    cliConfigFile: process.env['TF_CLI_CONFIG_FILE'],
  };
  const given = Object.entries(chosen).filter(([, value]) => value !== undefined);
  return { envFile, options: Object.fromEntries(given) };
}

/** Lines that bash can source and that env-file readers understand. */
function lines(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
}

function hint(envFile: string, proxyUrl: string, provider: string): string {
  return `Local Azure is up at ${proxyUrl} (azurerm: ${provider}). In another terminal:

  set -a; . ${resolve(envFile)}; set +a
  curl "https://login.microsoftonline.com/$ARM_TENANT_ID/v2.0/.well-known/openid-configuration"

Ctrl-C ends it and removes ${envFile}.
`;
}
