import type { State } from '../state/index.ts';

/** What was deployed last; kept beside the Terraform state, where no plan sees it. */
export interface DeployedPackage {
  /** ARM id of the web app. */
  readonly app: string;
  readonly digest: string;
  /** Id of App Service's own deployment: it is gone where the app was made anew. */
  readonly deployment: string;
}

const BLOB = 'deployed-package.json';

/** The record of the last deployment; undefined where there is none that can be read. */
export async function readRecord({
  blobs,
}: Pick<State, 'blobs'>): Promise<DeployedPackage | undefined> {
  const text = (await blobs.read(BLOB))?.toString();
  if (text === undefined) return undefined;
  const record = parsed(text);
  const [app, digest, deployment] = [record['app'], record['digest'], record['deployment']];
  if (typeof app !== 'string' || typeof digest !== 'string' || typeof deployment !== 'string') {
    return undefined;
  }
  return { app, digest, deployment };
}

export async function writeRecord(
  record: DeployedPackage,
  { blobs }: Pick<State, 'blobs'>,
): Promise<void> {
  await blobs.write(BLOB, `${JSON.stringify(record)}\n`);
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) ?? {}) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}
