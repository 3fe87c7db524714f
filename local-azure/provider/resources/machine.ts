import type { JsonMap } from '../mapping/json.ts';
import { sendAndSettle } from '../sending.ts';
import { identity, location, name, NO_IDENTITY, references, tags } from '../mapping/codecs.ts';
import { KEEP, both, one, read, write } from '../mapping/field.ts';
import type { Field } from '../mapping/field.ts';
import { at, put, remove, text } from '../mapping/json.ts';
import { inGroup } from '../mapping/table.ts';
import type { ResourceTable, Work } from '../mapping/table.ts';
import { isMap, isZero } from '../terraform/values.ts';
import type { Value, ValueMap } from '../terraform/values.ts';

const API = '2024-03-01';

const DISKS = '2023-04-02';

const NICS = '2023-09-01';

const image = one('source_image_reference', 'properties.storageProfile.imageReference', [
  both('publisher', 'publisher'),
  both('offer', 'offer'),
  both('sku', 'sku'),
  both('version', 'version'),
]);

const osDisk = one(
  'os_disk',
  'properties.storageProfile.osDisk',
  [
    both('name', 'name'),
    both('caching', 'caching'),
    both('disk_size_gb', 'diskSizeGB'),
    both('storage_account_type', 'managedDisk.storageAccountType'),
    both('disk_encryption_set_id', 'managedDisk.diskEncryptionSet.id'),
    both('write_accelerator_enabled', 'writeAcceleratorEnabled', { empty: false }),
    read('id', 'managedDisk.id'),
    one('diff_disk_settings', 'diffDiskSettings', [
      both('option', 'option'),
      both('placement', 'placement'),
    ]),
  ],
  { fixed: { createOption: 'FromImage' } },
);

const bootDiagnostics = one(
  'boot_diagnostics',
  'properties.diagnosticsProfile.bootDiagnostics',
  [both('storage_account_uri', 'storageUri', { empty: '' })],
  { empty: { enabled: false, storageUri: '' }, fixed: { enabled: true } },
);

export const common: Field[] = [
  name,
  location,
  tags,
  identity(NO_IDENTITY),
  both('size', 'properties.hardwareProfile.vmSize'),
  both('admin_username', 'properties.osProfile.adminUsername'),
  both('computer_name', 'properties.osProfile.computerName'),
  both('allow_extension_operations', 'properties.osProfile.allowExtensionOperations', {
    missing: true,
    empty: true,
  }),
  both('extensions_time_budget', 'properties.extensionsTimeBudget', { missing: 'PT1H30M' }),
  both('priority', 'properties.priority', { missing: 'Regular' }),
  both('license_type', 'properties.licenseType'),
  both('proximity_placement_group_id', 'properties.proximityPlacementGroup.id'),
  both('encryption_at_host_enabled', 'properties.securityProfile.encryptionAtHost', {
    missing: KEEP,
  }),
  both('secure_boot_enabled', 'properties.securityProfile.uefiSettings.secureBootEnabled', {
    missing: KEEP,
  }),
  both('vtpm_enabled', 'properties.securityProfile.uefiSettings.vTpmEnabled', { missing: KEEP }),
  both('source_image_id', 'properties.storageProfile.imageReference.id'),
  both('user_data', 'properties.userData'),
  write('custom_data', 'properties.osProfile.customData'),
  write('admin_password', 'properties.osProfile.adminPassword'),
  image,
  osDisk,
  bootDiagnostics,
  read('virtual_machine_id', 'properties.vmId'),
];

export function shapeCommon(body: JsonMap, planned: ValueMap): void {
  if (isZero(planned['computer_name']))
    put(body, 'properties.osProfile.computerName', planned['name'] as string);
  put(body, 'properties.additionalCapabilities', {});
  put(body, 'properties.applicationProfile', { galleryApplications: [] });
  put(body, 'properties.osProfile.secrets', []);
  put(body, 'properties.storageProfile.dataDisks', []);
  const ids = planned['network_interface_ids'] as string[];
  const nics = ids.map((id, index) => ({ id, properties: { primary: index === 0 } }));
  put(body, 'properties.networkProfile.networkInterfaces', nics);
  if (!isZero(planned['zone'])) body['zones'] = [planned['zone'] as string];
  const secure = ['secure_boot_enabled', 'vtpm_enabled'].some((each) => planned[each] === true);
  if (secure) put(body, 'properties.securityProfile.securityType', 'TrustedLaunch');
  dropFalse(
    body,
    planned,
    'secure_boot_enabled',
    'properties.securityProfile.uefiSettings.secureBootEnabled',
  );
  dropFalse(body, planned, 'vtpm_enabled', 'properties.securityProfile.uefiSettings.vTpmEnabled');
}

function dropFalse(body: JsonMap, planned: ValueMap, argument: string, path: string): void {
  if (planned[argument] !== true) remove(body, path);
}

function additional(json: JsonMap): Value {
  if (at(json, 'properties.additionalCapabilities') === undefined) return [];
  const is = (name: string): boolean =>
    at(json, `properties.additionalCapabilities.${name}`) === true;
  return [
    { hibernation_enabled: is('hibernationEnabled'), ultra_ssd_enabled: is('ultraSSDEnabled') },
  ];
}

const USUAL: ValueMap = {
  availability_set_id: '',
  capacity_reservation_group_id: '',
  dedicated_host_group_id: '',
  dedicated_host_id: '',
  edge_zone: '',
  eviction_policy: '',
  proximity_placement_group_id: '',
  reboot_setting: '',
  virtual_machine_scale_set_id: '',
};

export function unshapeCommon(state: ValueMap, json: JsonMap): void {
  const nics = at(json, 'properties.networkProfile.networkInterfaces') ?? [];
  state['network_interface_ids'] = references.fromArm(nics);
  state['zone'] = ((at(json, 'zones') ?? []) as string[])[0] ?? '';
  if (at(json, 'properties.diagnosticsProfile.bootDiagnostics.enabled') !== true)
    state['boot_diagnostics'] = [];
  for (const [argument, value] of Object.entries(USUAL)) state[argument] = value;
  state['additional_capabilities'] = additional(json);
  state['max_bid_price'] = -1;
  state['platform_fault_domain'] = -1;
  state['bypass_platform_safety_checks_on_user_schedule_enabled'] = false;
  state['vm_agent_platform_updates_enabled'] = false;
  state['disk_controller_type'] = text(at(json, 'properties.storageProfile.diskControllerType'));
  state['encryption_at_host_enabled'] =
    at(json, 'properties.securityProfile.encryptionAtHost') === true;
  state['secure_boot_enabled'] =
    at(json, 'properties.securityProfile.uefiSettings.secureBootEnabled') === true;
  state['vtpm_enabled'] = at(json, 'properties.securityProfile.uefiSettings.vTpmEnabled') === true;
}

async function readAddresses(state: ValueMap, work: Work): Promise<void> {
  const inside: string[] = [];
  const outside: string[] = [];
  for (const id of state['network_interface_ids'] as string[]) {
    const answer = await work.setting.arm.call({ method: 'GET', path: id, api: NICS });
    for (const each of (at(answer.body, 'properties.ipConfigurations') ?? []) as JsonMap[]) {
      inside.push(text(at(each, 'properties.privateIPAddress')));
      const ip = at(each, 'properties.publicIPAddress.id');
      if (typeof ip === 'string') outside.push(await addressOf(ip, work));
    }
  }
  const there = inside.filter((each) => each !== '');
  state['private_ip_addresses'] = there;
  state['private_ip_address'] = there[0] ?? '';
  state['public_ip_addresses'] = outside;
  state['public_ip_address'] = outside[0] ?? '';
}

async function addressOf(id: string, work: Work): Promise<string> {
  const answer = await work.setting.arm.call({ method: 'GET', path: id, api: NICS });
  return text(at(answer.body, 'properties.ipAddress'));
}

async function readDisk(state: ValueMap, work: Work): Promise<void> {
  const block = ((state['os_disk'] ?? []) as Value[])[0];
  if (!isMap(block) || typeof block['id'] !== 'string' || block['id'] === '') return;
  const answer = await work.setting.arm.call({ method: 'GET', path: block['id'], api: DISKS });
  if (answer.status !== 200) return;
  block['storage_account_type'] = text(at(answer.body, 'sku.name'));
  block['disk_size_gb'] = Number(at(answer.body, 'properties.diskSizeGB') ?? 0);
  block['disk_encryption_set_id'] = '';
  block['secure_vm_disk_encryption_set_id'] = '';
  block['security_encryption_type'] = '';
  state['os_managed_disk_id'] = block['id'];
}

/** The disk that Azure made with the machine goes with it, as azurerm does by default. */
async function deleteDisk(state: ValueMap, work: Work): Promise<void> {
  if (!work.setting.feature('virtual_machine.delete_os_disk_on_deletion', true)) return;
  const block = ((state['os_disk'] ?? []) as Value[])[0];
  const id = isMap(block) ? block['id'] : undefined;
  if (typeof id !== 'string' || id === '') return;
  const there = await work.setting.arm.call({ method: 'GET', path: id, api: DISKS });
  if (there.status !== 200) return;
  await sendAndSettle(
    work.setting,
    { method: 'DELETE', path: id, api: DISKS },
    `deleting OS Disk (${id})`,
  );
}

export const machine: Pick<
  ResourceTable,
  'label' | 'api' | 'path' | 'accepts' | 'readMore' | 'deleted' | 'readQuery'
> = {
  label: 'Virtual Machine',
  api: API,
  path: inGroup('Microsoft.Compute/virtualMachines/{name}'),
  accepts: ['network_interface_ids', 'zone', 'platform_fault_domain'],
  readQuery: { $expand: 'userData' },
  readMore: async (state, work) => {
    await readDisk(state, work);
    await readAddresses(state, work);
  },
  deleted: deleteDisk,
};
