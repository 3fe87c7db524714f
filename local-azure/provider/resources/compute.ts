import type { JsonMap } from '../mapping/json.ts';
import { location, tags } from '../mapping/codecs.ts';
import { both, one } from '../mapping/field.ts';
import { at, put, text } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable } from '../mapping/table.ts';
import type { ValueMap } from '../terraform/values.ts';
import { common, shapeCommon, unshapeCommon, machine } from './machine.ts';

const LINUX = 'properties.osProfile.linuxConfiguration';

const WINDOWS = 'properties.osProfile.windowsConfiguration';

const linux: ResourceTable = {
  ...machine,
  fields: [
    ...common,
    both('disable_password_authentication', `${LINUX}.disablePasswordAuthentication`, {
      empty: true,
    }),
    both('provision_vm_agent', `${LINUX}.provisionVMAgent`, { empty: true }),
    both('patch_mode', `${LINUX}.patchSettings.patchMode`, {
      empty: 'ImageDefault',
      missing: 'ImageDefault',
    }),
    both('patch_assessment_mode', `${LINUX}.patchSettings.assessmentMode`, {
      empty: 'ImageDefault',
      missing: 'ImageDefault',
    }),
  ],
  accepts: [...(machine.accepts ?? []), 'admin_ssh_key'],
  shape: (body, planned) => {
    shapeCommon(body, planned);
    const keys = (planned['admin_ssh_key'] ?? []) as ValueMap[];
    const list = keys.map((key) => ({
      keyData: key['public_key'] as string,
      path: `/home/${key['username'] as string}/.ssh/authorized_keys`,
    }));
    put(body, `${LINUX}.ssh.publicKeys`, list);
    put(body, 'properties.storageProfile.osDisk.osType', 'Linux');
  },
  update: 'patch',
  patchBase: { properties: {} },
  unshape: (state, json) => {
    unshapeCommon(state, json);
    const keys = (at(json, `${LINUX}.ssh.publicKeys`) ?? []) as JsonMap[];
    state['admin_ssh_key'] = keys.map((key) => ({
      public_key: key['keyData'] as string,
      username: text(key['path']).split('/')[2] as string,
    }));
  },
};

const windows: ResourceTable = {
  ...machine,
  fields: [
    ...common,
    both('provision_vm_agent', `${WINDOWS}.provisionVMAgent`, { empty: true }),
    both('automatic_updates_enabled', `${WINDOWS}.enableAutomaticUpdates`, { empty: true }),
    both('hotpatching_enabled', `${WINDOWS}.patchSettings.enableHotpatching`, { empty: false }),
    both('patch_mode', `${WINDOWS}.patchSettings.patchMode`, { empty: '' }),
    both('patch_assessment_mode', `${WINDOWS}.patchSettings.assessmentMode`, { empty: '' }),
    both('timezone', `${WINDOWS}.timeZone`),
  ],
  shape: (body, planned) => {
    shapeCommon(body, planned);
    put(body, `${WINDOWS}.winRM`, { listeners: [] });
    put(body, 'properties.storageProfile.osDisk.osType', 'Windows');
  },
  update: 'patch',
  patchBase: { properties: {} },
  unshape: unshapeCommon,
};

const shutdown: ResourceTable = {
  label: 'Schedule',
  api: '2018-09-15',
  path: inGroup('Microsoft.DevTestLab/schedules/{$schedule}'),
  fields: [
    location,
    tags,
    both('enabled', 'properties.status', {
      codec: {
        toArm: (value) => (value === true ? 'Enabled' : 'Disabled'),
        fromArm: (json) => json === 'Enabled',
      },
    }),
    both('daily_recurrence_time', 'properties.dailyRecurrence.time'),
    both('timezone', 'properties.timeZoneId'),
    both('virtual_machine_id', 'properties.targetResourceId'),
    one('notification_settings', 'properties.notificationSettings', [
      both('enabled', 'status', {
        codec: {
          toArm: (value) => (value === true ? 'Enabled' : 'Disabled'),
          fromArm: (json) => json === 'Enabled',
        },
      }),
      both('time_in_minutes', 'timeInMinutes'),
      both('webhook_url', 'webhookUrl', { empty: '' }),
      both('email', 'emailRecipient', { empty: '' }),
    ]),
  ],
  fixed: { 'properties.taskType': 'ComputeVmShutdownTask' },
  complete: async (planned) => {
    const parts = (planned['virtual_machine_id'] as string).split('/');
    planned['resource_group_name'] = await Promise.resolve(parts[4] as string);
    planned['$schedule'] = `shutdown-computevm-${parts[8] as string}`;
  },
  update: 'put',
};

export const computeTables = {
  azurerm_linux_virtual_machine: linux,
  azurerm_windows_virtual_machine: windows,
  azurerm_dev_test_global_vm_shutdown_schedule: shutdown,
};
