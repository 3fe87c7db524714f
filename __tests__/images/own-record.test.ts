import { describe, expect, it } from '@jest/globals';
import { withoutImagesRecord } from '../../src/images/own-record.ts';
import { placeOf } from '../../src/images/place.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';
import { fakeArm } from '../support/fake-arm.ts';
import { outputs, settings } from '../support/settings.ts';

const zone = placeOf(outputs(), settings()).zoneId;

/** A refresh that found so many records in a zone where two were. */
function refreshed(records: number, more: object = {}, id = zone): string {
  const before = { id, number_of_record_sets: 2, name: 'zone' };
  const change = {
    address: 'azurerm_private_dns_zone.this["blob"]',
    mode: 'managed',
    type: 'azurerm_private_dns_zone',
    change: {
      actions: ['update'],
      before,
      after: { ...before, number_of_record_sets: records, ...more },
    },
  };
  return JSON.stringify({ format_version: '1.2', resource_drift: [change] });
}

async function left(json: string, isThere = true): Promise<number> {
  const arm = fakeArm({ 'GET /privateDnsZoneGroups/default': () => (isThere ? {} : undefined) });
  const plan = await withoutImagesRecord(readPlan(json), outputs(), settings(), { arm });
  return plan.drift.length;
}

describe('the record of the images’ endpoint', () => {
  it('is no drift, however the id of the zone is spelt', async () => {
    expect(await left(refreshed(3))).toBe(0);
    expect(await left(refreshed(3, {}, zone.toUpperCase()))).toBe(0);
  });

  it.each([
    ['a second record', refreshed(4)],
    ['a record less', refreshed(1)],
    ['another change of the zone', refreshed(3, { name: 'other' })],
    ['a record of another zone', refreshed(3, {}, `${zone}x`)],
  ])('excuses not %s', async (_what, json) => {
    expect(await left(json)).toBe(1);
  });

  it('excuses nothing where the endpoint is not there', async () => {
    expect(await left(refreshed(3), false)).toBe(1);
  });
});
