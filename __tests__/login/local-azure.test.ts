import { afterEach, describe, expect, it } from '@jest/globals';
import { Problem } from '../../src/errors.ts';
import { login } from '../../src/login/index.ts';
import { goToLocalAzure } from '../support/azure-place.ts';
import type { Place } from '../support/azure-place.ts';
import type { LocalAzureOptions } from '../../local-azure/options.ts';

const nowhere = '99999999-9999-4999-8999-999999999999';
let place: Place | undefined;

afterEach(async () => {
  await place?.leave();
  place = undefined;
});

async function problemOf(options: LocalAzureOptions, wrong: object = {}): Promise<Problem> {
  place = await goToLocalAzure(options);
  const settings = { ...place.ids, ...wrong };
  const error = await login(settings, place.tools()).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Problem);
  return error as Problem;
}

describe('a login to Local Azure', () => {
  it('survives tokens of two seconds under work of five', async () => {
    place = await goToLocalAzure({ tokenLifetimeSeconds: 2, idTokenLifetimeSeconds: 2 });
    const tools = place.tools();
    const session = await login(place.ids, tools);
    const until = Date.now() + 5000;
    while (Date.now() < until) {
      expect(
        await session.arm.get(`/subscriptions/${place.ids.subscriptionId}`, '2022-12-01'),
      ).toBeDefined();
      await tools.clock.sleep(0.05);
    }
    await session.close();
  });

  it('shows what it presented where the federated credential is for another branch', async () => {
    const problem = await problemOf({
      subject: 'repo:octo-org/innereye:ref:refs/heads/trial',
      federatedSubjects: ['repo:octo-org/innereye:ref:refs/heads/main'],
    });
    expect(problem.message).toMatch(/subject: +repo:octo-org\/innereye:ref:refs\/heads\/trial/);
    expect(problem.message).toMatch(/AADSTS70021/);
  });

  it('names a tenant that does not exist', async () => {
    const problem = await problemOf({}, { tenantId: nowhere });
    expect(problem.message).toMatch(new RegExp(`${nowhere}.*AADSTS90002`, 's'));
  });

  it('names a client that does not exist', async () => {
    const problem = await problemOf({}, { clientId: nowhere });
    expect(problem.message).toMatch(new RegExp(`${nowhere}.*AADSTS700016`, 's'));
  });

  it('names a subscription that does not exist', async () => {
    const problem = await problemOf({}, { subscriptionId: nowhere });
    expect(problem.message).toMatch(new RegExp(`subscription ${nowhere} does not exist`));
  });
});
