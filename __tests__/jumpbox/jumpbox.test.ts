import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Cancelled, Problem } from '../../src/errors.ts';
import { closeAfterFailure, closeJumpbox, jumpboxNameOf } from '../../src/jumpbox/index.ts';
import { outputs } from '../support/settings.ts';
import type { Workshop } from '../support/workshop.ts';
import { workshop } from '../support/workshop.ts';

const MACHINE = '/virtualMachines/lab-jumpbox';
let place: Workshop;
let power: 'running' | 'deallocated' | 'stopped';

beforeEach(() => {
  power = 'running';
  place = workshop();
  place.arm.on({
    [`GET ${MACHINE}`]: () => ({ properties: { osProfile: { adminUsername: 'innereye' } } }),
    [`GET ${MACHINE}/instanceView`]: () => ({ statuses: [{ code: `PowerState/${power}` }] }),
    [`LIST ${MACHINE}/extensions`]: () => [],
    [`PUT ${MACHINE}/extensions/enablevmaccess`]: () => ({}),
    [`POST ${MACHINE}/start`]: () => undefined,
    [`POST ${MACHINE}/deallocate`]: () => undefined,
  });
});

const close = () => closeJumpbox(outputs(), place.session, place.tools);
const sent = () => place.arm.lines().filter((line) => !/^(GET|LIST) /.test(line));

/** An extension of the jumpbox, as ARM lists it. */
function extension(settings: object, provisioningState = 'Succeeded', name = 'enablevmAccess') {
  const properties = { publisher: 'Microsoft.Compute', type: 'VMAccessAgent', provisioningState };
  return { id: 'x', name, properties: { ...properties, settings } };
}

function has(...extensions: object[]): void {
  place.arm.on({ [`LIST ${MACHINE}/extensions`]: () => extensions });
}

describe('a jumpbox whose first password is still valid', () => {
  it('gets another one, by the extension that the portal uses, which nobody keeps', async () => {
    expect(await close()).toEqual({ changed: true });
    expect(sent()).toEqual([`PUT Microsoft.Compute${MACHINE}/extensions/enablevmaccess`]);
    const { body } = place.arm.calls.at(-1) as { body: { properties: Record<string, unknown> } };
    const { protectedSettings, ...rest } = body.properties;
    expect({ ...body, properties: rest }).toEqual({
      location: 'westeurope',
      properties: {
        publisher: 'Microsoft.Compute',
        type: 'VMAccessAgent',
        typeHandlerVersion: '2.4',
        autoUpgradeMinorVersion: true,
        settings: { UserName: 'innereye' },
      },
    });
    const { Password } = protectedSettings as { Password: string };
    expect(Object.keys(protectedSettings as object)).toEqual(['Password']);
    expect(place.hidden).toContain(Password);
    expect(place.log.join('\n')).not.toContain(Password);
    await close();
    expect(JSON.stringify(place.arm.calls.at(-1)?.body)).not.toContain(Password);
  });

  it.each([
    ['failed', extension({ UserName: 'innereye' }, 'Failed')],
    ['is not done', extension({ UserName: 'innereye' }, 'Updating')],
    ['only repaired the settings of Remote Desktop', extension({})],
    ['set the password of another user', extension({ UserName: 'somebody' })],
  ])('gets another one where an earlier extension %s', async (_why, earlier) => {
    has(earlier);
    place.arm.on({ [`PUT ${MACHINE}/extensions/enablevmAccess`]: () => ({}) });
    expect(await close()).toEqual({ changed: true });
    // A machine takes this extension once: under the name it has already.
    expect(sent()).toEqual([`PUT Microsoft.Compute${MACHINE}/extensions/enablevmAccess`]);
  });

  it('is not mistaken for closed because of an extension of another kind', async () => {
    has({ id: 'x', name: 'other', properties: { type: 'X', settings: { UserName: 'innereye' } } });
    expect(await close()).toEqual({ changed: true });
  });

  it.each(['deallocated', 'stopped'] as const)(
    'is started for it where it is %s, and deallocated again',
    async (state) => {
      power = state;
      await close();
      expect(sent().map((line) => line.split('/').at(-1))).toEqual([
        'start',
        'enablevmaccess',
        'deallocate',
      ]);
    },
  );

  it('is deallocated again also where it cannot be closed, and the error says what that means', async () => {
    power = 'deallocated';
    place.arm.on({
      [`PUT ${MACHINE}/extensions/enablevmaccess`]: () => {
        throw new Problem('VMAgentStatusCommunicationError: no agent.', 'look at the machine.');
      },
    });
    const failed = await close().catch((error: unknown) => error as Problem);
    expect(failed).toBeInstanceOf(Problem);
    expect(failed).toMatchObject({ anchor: 'jumpbox' });
    expect((failed as Problem).message).toMatch(
      /could not be made void: VMAgentStatusCommunicationError: no agent\.\nNext: run deploy again.*only through Azure Bastion/,
    );
    expect(sent().at(-1)).toMatch(/deallocate$/);
  });

  it('lets a cancel through as a cancel', async () => {
    place.arm.on({
      [`PUT ${MACHINE}/extensions/enablevmaccess`]: () => {
        throw new Cancelled('cancelled');
      },
    });
    await expect(close()).rejects.toBeInstanceOf(Cancelled);
  });
});

describe('a jumpbox whose password a person has set', () => {
  it.each([
    ['by the portal', extension({ UserName: 'innereye' })],
    ['by the Azure CLI', extension({ UserName: 'innereye' }, 'Succeeded', 'enablevmaccess')],
    [
      'by PowerShell, under a name of their own',
      extension({ userName: 'InnerEye' }, 'Succeeded', 'mine'),
    ],
  ])('is left alone: %s', async (_how, theirs) => {
    power = 'deallocated';
    has(theirs);
    expect(await close()).toEqual({ changed: false });
    expect(sent()).toEqual([]);
  });
});

describe('a jumpbox that somebody deleted', () => {
  it('has no password to make void, and that is said', async () => {
    place.arm.on({ [`GET ${MACHINE}`]: () => undefined });
    expect(await close()).toEqual({ changed: false });
    expect(place.log.join('\n')).toContain('warning: There is no jumpbox any more');
  });
});

describe('an apply that failed', () => {
  const after = () => closeAfterFailure(outputs(), place.session, place.tools);

  it('leaves no valid password on a machine that it made', async () => {
    await after();
    expect(sent()).toEqual([`PUT Microsoft.Compute${MACHINE}/extensions/enablevmaccess`]);
  });

  it('is not followed by anything where it made no machine', async () => {
    place.arm.on({ [`GET ${MACHINE}`]: () => undefined });
    await after();
    expect(sent()).toEqual([]);
    expect(place.log).toEqual([]);
  });

  it('stays what the run ends with, and what went wrong here is told', async () => {
    place.arm.on({
      [`PUT ${MACHINE}/extensions/enablevmaccess`]: () => {
        throw new Problem('The machine is broken.', 'Mend it.');
      },
    });
    await after();
    expect(place.log.join('\n')).toContain('could not be made void: The machine is broken.');
  });

  it('knows the machine by the name that terraform/ gives it', () => {
    const text = readFileSync(join(import.meta.dirname, '../../terraform/jumpbox.tf'), 'utf8');
    expect(text).toContain(`"${jumpboxNameOf('${var.environment}')}"`);
  });
});
