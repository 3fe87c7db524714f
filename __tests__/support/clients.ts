import { execFile } from 'node:child_process';
import type { ProxiedAnswer } from '../../local-azure/entrance/client.ts';
import { sendThrough } from '../../local-azure/entrance/client.ts';
import type { LocalAzure } from '../../local-azure/index.ts';

/** A variable that Local Azure gives to its clients. */
export function variable(azure: LocalAzure, name: string): string {
  const value = azure.environment[name];
  if (value === undefined) throw new Error(`Local Azure gives no ${name}.`);
  return value;
}

/** The job's id-token, asked for as a job does. */
export function idToken(azure: LocalAzure, audience?: string): Promise<ProxiedAnswer> {
  const wanted = audience === undefined ? '' : `&audience=${encodeURIComponent(audience)}`;
  return sendThrough(azure, {
    url: `${variable(azure, 'ACTIONS_ID_TOKEN_REQUEST_URL')}${wanted}`,
    headers: { authorization: `Bearer ${variable(azure, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN')}` },
  });
}

/** Exchanges an assertion for an access token; `overrides` change the form, undefined removes a field. */
export function exchange(
  azure: LocalAzure,
  assertion: string,
  overrides: Readonly<Record<string, string | undefined>> = {},
  tenant = variable(azure, 'ARM_TENANT_ID'),
): Promise<ProxiedAnswer> {
  const form: Record<string, string | undefined> = {
    grant_type: 'client_credentials',
    client_id: variable(azure, 'ARM_CLIENT_ID'),
    scope: 'https://management.azure.com/.default',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    ...overrides,
  };
  const fields = Object.entries(form).filter((field): field is [string, string] => !!field[1]);
  return sendThrough(azure, {
    method: 'POST',
    url: `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
}

/** An access token of the deployer, by the whole way over GitHub and Entra. */
export async function deployerToken(
  azure: LocalAzure,
  scope = 'https://management.azure.com/.default',
): Promise<string> {
  const assertion = await idToken(azure, 'api://AzureADTokenExchange');
  const answer = await exchange(azure, assertion.json<{ value: string }>().value, { scope });
  return answer.json<{ access_token: string }>().access_token;
}

/** How a program ended and what it wrote. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a program with nothing but the search path and Local Azure's variables. */
export function run(
  azure: LocalAzure,
  program: string,
  args: readonly string[],
  cwd = process.cwd(),
): Promise<Ended> {
  const env = { PATH: process.env['PATH'], HOME: cwd, ...azure.environment };
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1);
      resolve({ code, output: `${stdout}${stderr}` });
    });
  });
}
