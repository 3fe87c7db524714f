import { apis } from '../azure/api-versions.ts';
import type { Difference } from '../azure/difference.ts';
import type { Session } from '../login/session.ts';
import type { State } from '../state/index.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { siteOf } from '../terraform/resource-ids.ts';
import { activeOf, deploymentsOf } from './deployments.ts';
import { changedConnectionStrings } from './needed-settings.ts';
import { readRecord } from './record.ts';
import { keyVaultReferences } from './references.ts';

/**
 * What of the web app is not as this product left it and Terraform does not see: the package that runs, whether
 * the app runs at all, whether its Key Vault references are resolved, and which connection string changed. Its
 * other settings are Terraform's, which names each.
 * Empty where nothing was deployed yet.
 */
export async function checkWebApp(
  outputs: Outputs,
  session: Session,
  state: Pick<State, 'blobs'>,
): Promise<readonly Difference[]> {
  const record = await readRecord(state);
  if (record?.app !== siteOf(outputs)) return [];
  const [packages, power, references, strings] = await Promise.all([
    packageDifferences(record.deployment, outputs, session),
    powerDifferences(outputs, session),
    referenceDifferences(outputs, session),
    stringDifferences(outputs, session),
  ]);
  return [...packages, ...power, ...references, ...strings];
}

async function stringDifferences(
  outputs: Outputs,
  session: Session,
): Promise<readonly Difference[]> {
  return (await changedConnectionStrings(outputs, session)).map(({ name, found }) => ({
    resource: outputs.inferenceAppName,
    attribute: `connection string ${name}`,
    ...{ wanted: found === 'an added one' ? 'none' : 'as deployed', found },
  }));
}

async function packageDifferences(
  deployment: string,
  outputs: Outputs,
  session: Session,
): Promise<readonly Difference[]> {
  const active = activeOf(await deploymentsOf(outputs, session));
  if (active?.id === deployment) return [];
  return [
    {
      resource: outputs.inferenceAppName,
      attribute: 'package',
      wanted: `deployment ${lastPart(deployment)}`,
      found: active === undefined ? 'none' : `deployment ${lastPart(active.id)}`,
    },
  ];
}

/** Stopping an app does not touch the argument `enabled` that Terraform reads. */
async function powerDifferences(
  outputs: Outputs,
  { arm }: Session,
): Promise<readonly Difference[]> {
  const state = (await arm.get(siteOf(outputs), apis.web))?.properties?.['state'];
  if (typeof state !== 'string' || state === 'Running') return [];
  const { inferenceAppName: resource } = outputs;
  return [{ resource, attribute: 'state', wanted: 'Running', found: state }];
}

/** The secret is no resource of Terraform's, so that its value is never in the state. */
async function referenceDifferences(
  outputs: Outputs,
  session: Session,
): Promise<readonly Difference[]> {
  const references = await keyVaultReferences(outputs, session);
  return references
    .filter(({ status }) => status !== '' && status !== 'Resolved')
    .map(({ setting, status }) => ({
      resource: outputs.inferenceAppName,
      attribute: `Key Vault reference of ${setting}`,
      wanted: 'Resolved',
      found: status,
    }));
}

function lastPart(id: string): string {
  return id.split('/').at(-1) ?? id;
}
