import { apis } from '../azure/api-versions.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Change, Plan } from '../terraform/plan-file.ts';
import type { Outputs } from '../terraform/outputs.ts';
import { placeOf } from './place.ts';

/**
 * A refresh without what the images' endpoint brings about in it: its name is one record more in the
 * zone, which Terraform counts and ARM wrote. Any further record still shows, and so does this one
 * where the endpoint is not there.
 */
export async function withoutImagesRecord(
  plan: Plan,
  outputs: Outputs,
  settings: Pick<Settings, 'environment'>,
  { arm }: Pick<Session, 'arm'>,
): Promise<Plan> {
  const { zoneId, zoneGroupId } = placeOf(outputs, settings);
  const counted = plan.drift.filter((change) => isOneMore(change, zoneId));
  if (counted.length === 0 || (await arm.get(zoneGroupId, apis.network)) === undefined) return plan;
  return { ...plan, drift: plan.drift.filter((change) => !counted.includes(change)) };
}

function isOneMore({ type, id, attributes }: Change, zoneId: string): boolean {
  const [only, ...others] = attributes;
  if (type !== 'azurerm_private_dns_zone' || id?.toLowerCase() !== zoneId.toLowerCase())
    return false;
  if (only?.path !== 'number_of_record_sets' || others.length > 0) return false;
  const { before, after } = only;
  if (before.kind !== 'value' || after.kind !== 'value') return false;
  return Number(after.json) - Number(before.json) === 1;
}
