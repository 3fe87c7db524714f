import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { behaviourOf, resources } from '../../../local-azure/provider/catalogue.ts';
import { update } from '../../../local-azure/provider/changes.ts';
import type { JsonMap } from '../../../local-azure/provider/mapping/json.ts';
import { readState } from '../../../local-azure/provider/reading.ts';
import type { Resource } from '../../../local-azure/provider/sending.ts';
import { plan } from '../../../local-azure/provider/terraform/plan.ts';
import { conformBlock } from '../../../local-azure/provider/terraform/values.ts';
import type { ValueMap } from '../../../local-azure/provider/terraform/values.ts';
import { MemoryArm } from './memory-arm.ts';

/** What the real azurerm 5.2.0 sent to change what it had found; see the file's README. */
interface Recorded {
  readonly config: ValueMap;
  readonly id: string;
  readonly found: JsonMap;
  readonly body: JsonMap;
}

const file = join(import.meta.dirname, '../../fixtures/azurerm/recorded-changes.json');
const recorded = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Recorded>;

describe('the body of a change', () => {
  it.each(Object.keys(recorded))('is what the real provider sends for %s', async (name) => {
    const { config, id, found, body } = recorded[name] as Recorded;
    const resource = resources.get(name.split('.')[0] as string) as Resource;
    const arm = new MemoryArm();
    arm.documents.set(id.toLowerCase(), found);
    const whole = conformBlock(config, resource.schema) as ValueMap;
    const prior = (await readState(resource, { ...whole, id }, arm.setting)) as ValueMap;
    const planned = plan(resource.schema, behaviourOf(resource.type), whole, prior) as ValueMap;
    await update(resource, planned, prior, arm.setting);
    const sent = arm.written.filter(({ path }) => path === id);
    expect(sent.map((each) => each.body)).toStrictEqual([body]);
  });
});
