/** A refusal of GitHub, or of ours; its message is all that is shown. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** GitHub's REST API below one repository. */
export interface Repository {
  /** Gives the decoded body of an answer of 2xx; undefined for 404; throws a Refusal for anything else. */
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Adds a file to a release. */
  upload(uploadUrl: string, name: string, content: Buffer): Promise<void>;
}

/** Where the API is, whose repository is meant, and who asks. */
export interface Access {
  /** Such as https://api.github.com */
  readonly api: string;
  /** owner/name */
  readonly repository: string;
  readonly token: string;
}

/** Seconds that one request may take. */
const patience = 120;

/** Opens the API of one repository; nothing of it is kept between requests. */
export function openRepository({ api, repository, token }: Access): Repository {
  const send = async (
    method: string,
    url: string,
    body: string | Buffer | undefined,
    type: string,
  ): Promise<unknown> => {
    const answer = await fetch(url, {
      method,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'x-github-api-version': '2022-11-28',
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      signal: AbortSignal.timeout(patience * 1000),
    });
    const text = await answer.text();
    if (answer.status === 404) return undefined;
    if (!answer.ok) {
      const path = new URL(url).pathname;
      throw new Refusal(`GitHub refused ${method} ${path}: ${answer.status} ${messageIn(text)}`);
    }
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  };
  return {
    ask: (method, path, body) =>
      send(
        method,
        `${api}/repos/${repository}${path}`,
        body === undefined ? undefined : JSON.stringify(body),
        'application/json',
      ),
    upload: async (uploadUrl, name, content) => {
      // GitHub gives a template: https://uploads.github.com/…/assets{?name,label}
      const url = new URL(uploadUrl.replace(/\{.*$/, ''));
      url.searchParams.set('name', name);
      const made = await send('POST', url.href, content, 'application/octet-stream');
      if (made === undefined) throw new Refusal(`GitHub does not know ${url.pathname} any more.`);
    },
  };
}

function messageIn(text: string): string {
  try {
    return String((JSON.parse(text) as { readonly message?: unknown }).message).slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}
