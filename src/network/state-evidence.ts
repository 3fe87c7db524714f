import { Cancelled, messageOf } from '../errors.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import { namesOf } from '../names.ts';
import { checkState } from '../state/index.ts';
import { row } from './arm/verdict.ts';
import type { Evidence } from './evidence.ts';

/**
 * Whether the storage account of the Terraform state, which stands outside the network and in
 * another group, is as this product makes it: one row for each difference, or one that says so.
 */
export async function stateEvidence(
  session: Session,
  settings: Pick<Settings, 'environment' | 'location'>,
): Promise<readonly Evidence[]> {
  const check = 'state-account-closed';
  const { stateAccount } = namesOf(settings.environment, session.subscriptionId);
  try {
    const differences = await checkState(session, settings);
    if (differences.length === 0) {
      return [row(check, `storage account ${stateAccount}`, 'closed', 'as deploy makes it')];
    }
    return differences.map(({ resource, attribute, wanted, found }) => {
      const seen = `${attribute} is ${found}, not ${wanted}. Run deploy, which puts it back`;
      return row(check, `storage account ${resource}, ${attribute}`, 'hole', seen);
    });
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    const [why = ''] = messageOf(error).split('\n');
    return [row(check, `storage account ${stateAccount}`, 'unproven', why)];
  }
}
