import { beforeEach, describe, expect, it } from '@jest/globals';
import { lets } from '../../../local-azure/operations/virtual-machine/accounts.ts';
import type { Azure } from '../arm/azure.ts';
import { GROUP, startWithGroup } from '../arm/azure.ts';

const NETWORK = `${GROUP}/providers/Microsoft.Network`;
const MACHINE = `${GROUP}/providers/Microsoft.Compute/virtualMachines/jump`;
const FIRST = 'first-Password-1';
const SECOND = 'second-Password-2';
let azure: Azure;

const machine = (password: string) => ({
  location: 'westeurope',
  properties: {
    hardwareProfile: { vmSize: 'Standard_D2as_v5' },
    osProfile: {
      computerName: 'jump',
      adminUsername: 'innereye',
      adminPassword: password,
      windowsConfiguration: {},
    },
    storageProfile: { osDisk: { createOption: 'FromImage' } },
    networkProfile: { networkInterfaces: [{ id: `${NETWORK}/networkInterfaces/nic` }] },
  },
});

const access = (password: string, more: object = {}) => ({
  location: 'westeurope',
  properties: {
    publisher: 'Microsoft.Compute',
    type: 'VMAccessAgent',
    typeHandlerVersion: '2.4',
    settings: { UserName: 'innereye' },
    protectedSettings: { Password: password },
    ...more,
  },
});

const put = (name: string, body: object) => azure.send(`PUT ${MACHINE}/extensions/${name}`, body);
const letsIn = (password: string, user = 'innereye') => lets(azure.world, MACHINE, user, password);
const codeOf = ({ json }: { json: Record<string, unknown> }): unknown =>
  (json['error'] as { code: string } | undefined)?.code;

beforeEach(async () => {
  azure = await startWithGroup();
  azure.world.resources.put({
    id: `${NETWORK}/networkInterfaces/nic`,
    name: 'nic',
    type: 'Microsoft.Network/networkInterfaces',
    location: 'westeurope',
    properties: {},
  });
  await azure.send(`PUT ${MACHINE}`, machine(FIRST));
});

describe('a Windows machine', () => {
  it('lets its user in with the password it was created with, and nobody else', () => {
    expect(letsIn(FIRST)).toBe(true);
    expect(letsIn(FIRST, 'InnerEye')).toBe(true);
    expect(letsIn(SECOND)).toBe(false);
    expect(letsIn(FIRST, 'administrator')).toBe(false);
  });

  it('takes no other password by a PUT of its own', async () => {
    expect(codeOf(await azure.send(`PUT ${MACHINE}`, machine(SECOND)))).toBe(
      'PropertyChangeNotAllowed',
    );
    expect((await azure.send(`PUT ${MACHINE}`, machine(FIRST))).status).toBe(200);
    expect(letsIn(FIRST)).toBe(true);
  });
});

describe('the access extension', () => {
  it('sets the password, so that the old one opens nothing any more, and shows it to nobody', async () => {
    const made = await put('enablevmaccess', access(SECOND));
    expect(made.status).toBe(201);
    expect(letsIn(FIRST)).toBe(false);
    expect(letsIn(SECOND)).toBe(true);
    const listed = await azure.send(`GET ${MACHINE}/extensions`);
    expect(listed.json['value']).toHaveLength(1);
    expect(JSON.stringify([made.json, listed.json])).not.toContain(SECOND);
    expect(listed.json).toMatchObject({
      value: [
        { properties: { provisioningState: 'Succeeded', settings: { UserName: 'innereye' } } },
      ],
    });
  });

  it('adds another user beside the first, whose password stays', async () => {
    await put('enablevmaccess', access(SECOND, { settings: { UserName: 'other' } }));
    expect([letsIn(FIRST), letsIn(SECOND), letsIn(SECOND, 'other')]).toEqual([true, false, true]);
  });

  it('takes the names of its settings to the letter', async () => {
    await put('enablevmaccess', access(SECOND, { protectedSettings: { password: SECOND } }));
    expect(letsIn(FIRST)).toBe(true);
  });

  it('is refused while the machine does not run', async () => {
    const stored = azure.world.resources.get(MACHINE);
    if (stored) stored.hidden = { ...stored.hidden, power: 'deallocated' };
    const refused = await put('enablevmaccess', access(SECOND));
    expect([refused.status, codeOf(refused)]).toEqual([409, 'OperationNotAllowed']);
    expect(letsIn(FIRST)).toBe(true);
  });

  it.each([
    ['a version that is gone', { typeHandlerVersion: '2.0' }, 'ArtifactVersionNotFound'],
    ['a handler there is none of', { type: 'Unknown' }, 'ArtifactVersionNotFound'],
    [
      'a weak password',
      { protectedSettings: { Password: 'weak' } },
      'VMExtensionProvisioningError',
    ],
    ['no user', { settings: {} }, 'VMExtensionProvisioningError'],
  ])('is refused with %s', async (_what, more, code) => {
    expect(codeOf(await put('enablevmaccess', access(SECOND, more)))).toBe(code);
    expect(letsIn(FIRST)).toBe(true);
  });

  it('is there once: under a second name it is refused', async () => {
    await put('enablevmaccess', access(SECOND));
    expect(codeOf(await put('mine', access(FIRST)))).toBe('BadRequest');
    expect((await put('enablevmaccess', access(FIRST))).status).toBe(200);
    expect(letsIn(FIRST)).toBe(true);
  });

  it('goes with its machine', async () => {
    await put('enablevmaccess', access(SECOND));
    await azure.send(`DELETE ${MACHINE}`);
    expect(azure.world.resources.ofType('Microsoft.Compute/virtualMachines/extensions')).toEqual(
      [],
    );
    expect(letsIn(SECOND)).toBe(false);
  });
});
