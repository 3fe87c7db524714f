import { execFile } from 'node:child_process';

/**
 * Somebody who is not the action: plain ARM requests by curl, with a token of their own. What the
 * demo changes behind Terraform's back, and what it counts, goes this way and never through the
 * memory of the simulator.
 */
export interface Stranger {
  arm(
    method: string,
    path: string,
    apiVersion: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown }>;
  /** Ids of all resources and groups of the subscription. */
  everything(): Promise<readonly string[]>;
}

/** Logs in by the id-token endpoint of `environment`, as a job of its own would. */
export async function openStranger(
  environment: Readonly<Record<string, string>>,
): Promise<Stranger> {
  const variable = (name: string): string => environment[name] ?? '';
  const idToken = (await request(environment, {
    url: `${variable('ACTIONS_ID_TOKEN_REQUEST_URL')}&audience=api://AzureADTokenExchange`,
    headers: { authorization: `Bearer ${variable('ACTIONS_ID_TOKEN_REQUEST_TOKEN')}` },
  })) as { body: { value: string } };
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: variable('ARM_CLIENT_ID'),
    scope: 'https://management.azure.com/.default',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: idToken.body.value,
  });
  const token = (await request(environment, {
    method: 'POST',
    url: `https://login.microsoftonline.com/${variable('ARM_TENANT_ID')}/oauth2/v2.0/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  })) as { body: { access_token: string } };
  const arm: Stranger['arm'] = (method, path, apiVersion, body) =>
    request(environment, {
      method,
      url: `https://management.azure.com${path}${path.includes('?') ? '&' : '?'}api-version=${apiVersion}`,
      headers: {
        authorization: `Bearer ${token.body.access_token}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const subscription = `/subscriptions/${variable('ARM_SUBSCRIPTION_ID')}`;
  return {
    arm,
    everything: async () => {
      const answers = [
        await arm('GET', `${subscription}/resourcegroups`, '2022-09-01'),
        await arm('GET', `${subscription}/resources`, '2022-09-01'),
      ];
      return answers.flatMap(({ body }) =>
        (body as { value: { id: string }[] }).value.map(({ id }) => id),
      );
    },
  };
}

interface PlainRequest {
  readonly method?: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request by curl; headers and body go by its standard input, so that no token is in an argument. */
async function request(
  environment: Readonly<Record<string, string>>,
  { method = 'GET', url, headers, body }: PlainRequest,
): Promise<{ status: number; body: unknown }> {
  const config = [
    `request = ${method}`,
    `url = ${JSON.stringify(url)}`,
    ...Object.entries(headers).map(
      ([name, value]) => `header = ${JSON.stringify(`${name}: ${value}`)}`,
    ),
    ...(body === undefined ? [] : [`data-raw = ${JSON.stringify(body)}`]),
    'silent',
    'show-error',
    'write-out = "\\n%{http_code}"',
  ].join('\n');
  const text = await new Promise<string>((resolve, reject) => {
    const env = { PATH: process.env['PATH'], ...environment };
    const child = execFile(
      'curl',
      ['--config', '-'],
      { env, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        if (error)
          reject(
            new Error(`curl could not reach ${new URL(url).host}: ${stderr}`, { cause: error }),
          );
        else resolve(stdout);
      },
    );
    child.stdin?.on('error', () => undefined); // curl is gone: its exit code says why
    child.stdin?.end(config);
  });
  const cut = text.lastIndexOf('\n');
  const answer = text.slice(0, cut);
  return {
    status: Number(text.slice(cut + 1)),
    body: answer === '' ? undefined : (JSON.parse(answer) as unknown),
  };
}
