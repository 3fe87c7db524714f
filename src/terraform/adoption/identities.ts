import { apis } from '../../azure/api-versions.ts';
import type { Resource } from '../../azure/arm.ts';
import { isObject, textOf, valueAt } from '../json.ts';

/** Gives the planned value of an argument, or undefined where it is not known before the apply. */
export type Planned = (argument: string) => string | undefined;

/** How a resource type of the configuration is found in Azure before the state knows it. */
export interface Identity {
  /**
   * ARM path, made of planned arguments (`{name}`), of the subscription's id and of `{group}`, the
   * resource group of the environment; or a function for what no such form can say.
   */
  readonly path: string | ((planned: Planned) => string | undefined);
  /** API version by which ARM is asked. */
  readonly api: string;
  /** Whether the environment's tag stands on it; otherwise what it lies below has to be ours. */
  readonly tagged: boolean;
  /** The id by which Terraform imports it, where that is not the ARM path. */
  readonly importId?: (path: string, planned: Planned) => string;
  /** The ARM path in such an id; `rest` is what follows its first part. */
  readonly pathOfId?: (first: string, rest: string) => string;
  /** Whether it exists, where it is no resource of its own but a part of the one at `path`. */
  readonly exists?: (found: Resource) => boolean;
  /** What else must be as planned for it to be ours. */
  readonly matches?: {
    /** The argument; not known before the apply where it names something that is to be made. */
    readonly argument: string;
    /** What is not as planned. */
    readonly differs: (found: Resource, planned: string | undefined) => string | undefined;
  };
  /** Collections below it of which none may hold anything but what Azure puts there. */
  readonly holds?: readonly Holding[];
}

/** A collection that shows whether somebody's data lie in a resource. */
export interface Holding {
  readonly what: string;
  readonly collection: string;
  readonly api: string;
  /** Names that other services of the environment put there by themselves. */
  readonly harmless?: RegExp;
}

const machineLearning = '2025-06-01';

/** A resource that lies directly in the environment's group, under its own name, with tags. */
function top(type: string, api: string, more: Partial<Identity> = {}): Identity {
  return { path: `{group}/providers/${type}/{name}`, api, tagged: true, ...more };
}

/** The part of a subnet that an association is. */
function joined(property: string, argument: string): Identity {
  const idIn = (found: Resource): string | undefined =>
    textOf(valueAt(found.properties, property, 'id'));
  return {
    path: '{subnet_id}',
    api: apis.network,
    tagged: false,
    exists: (found) => idIn(found) !== undefined,
    matches: {
      argument,
      differs: (found, wanted) => {
        const there = idIn(found);
        return sameId(there, wanted) ? undefined : `it is joined with ${there ?? 'nothing'}`;
      },
    },
  };
}

/**
 * Every resource type of `terraform/`, by its name there. Paths are those of the ARM reference
 * (learn.microsoft.com/azure/templates), import ids those of the azurerm documentation, API versions
 * those that azurerm 5.2 asks with. A test compares each path with the id that a deploy gives.
 */
export const identities: Readonly<Record<string, Identity>> = {
  azurerm_resource_group: { path: '{group}', api: '2023-07-01', tagged: true },
  azurerm_application_insights: top('Microsoft.Insights/components', '2020-02-02'),
  azurerm_bastion_host: top('Microsoft.Network/bastionHosts', apis.network),
  azurerm_container_registry: top('Microsoft.ContainerRegistry/registries', apis.registry),
  azurerm_dev_test_global_vm_shutdown_schedule: {
    path: (planned) => {
      const [, group, name] =
        /^(.*)\/providers\/Microsoft\.Compute\/virtualMachines\/([^/]+)$/i.exec(
          planned('virtual_machine_id') ?? '',
        ) ?? [];
      if (group === undefined || name === undefined) return undefined;
      return `${group}/providers/Microsoft.DevTestLab/schedules/shutdown-computevm-${name}`;
    },
    api: '2018-09-15',
    tagged: true,
  },
  azurerm_firewall: top('Microsoft.Network/azureFirewalls', apis.network),
  azurerm_firewall_policy: top('Microsoft.Network/firewallPolicies', apis.network),
  azurerm_firewall_policy_rule_collection_group: {
    path: '{firewall_policy_id}/ruleCollectionGroups/{name}',
    api: apis.network,
    tagged: false,
  },
  azurerm_key_vault: top('Microsoft.KeyVault/vaults', apis.vault, {
    holds: [
      { what: 'secrets', collection: 'secrets', api: apis.vault, harmless: /^(?!inference-)/ },
    ],
  }),
  azurerm_linux_virtual_machine: top('Microsoft.Compute/virtualMachines', apis.compute),
  azurerm_windows_virtual_machine: top('Microsoft.Compute/virtualMachines', apis.compute),
  azurerm_linux_web_app: top('Microsoft.Web/sites', apis.web),
  azurerm_log_analytics_workspace: top('Microsoft.OperationalInsights/workspaces', apis.logs),
  azurerm_machine_learning_workspace: top(
    'Microsoft.MachineLearningServices/workspaces',
    machineLearning,
    {
      holds: [
        { what: 'models', collection: 'models', api: machineLearning },
        { what: 'jobs', collection: 'jobs', api: machineLearning },
      ],
    },
  ),
  azurerm_monitor_diagnostic_setting: {
    path: '{target_resource_id}/providers/Microsoft.Insights/diagnosticSettings/{name}',
    api: '2021-05-01-preview',
    tagged: false,
    importId: (_, planned) => `${planned('target_resource_id')}|${planned('name')}`,
    pathOfId: (target, name) => `${target}/providers/Microsoft.Insights/diagnosticSettings/${name}`,
    matches: {
      argument: 'log_analytics_workspace_id',
      differs: (found, wanted) => {
        const there = textOf(valueAt(found.properties, 'workspaceId'));
        return sameId(there, wanted) ? undefined : `it sends to ${there ?? 'another place'}`;
      },
    },
  },
  azurerm_network_interface: top('Microsoft.Network/networkInterfaces', apis.network),
  azurerm_network_security_group: top('Microsoft.Network/networkSecurityGroups', apis.network),
  azurerm_private_dns_zone: top('Microsoft.Network/privateDnsZones', apis.dns),
  azurerm_private_dns_zone_virtual_network_link: {
    path: '{private_dns_zone_id}/virtualNetworkLinks/{name}',
    api: apis.dns,
    tagged: true,
  },
  azurerm_private_endpoint: top('Microsoft.Network/privateEndpoints', apis.network),
  azurerm_public_ip: top('Microsoft.Network/publicIPAddresses', apis.network),
  azurerm_role_assignment: {
    path: '{scope}/providers/Microsoft.Authorization/roleAssignments/{name}',
    api: apis.roles,
    tagged: false,
    matches: {
      argument: 'principal_id',
      differs: (found, wanted) => {
        const there = textOf(valueAt(found.properties, 'principalId'));
        return sameId(there, wanted)
          ? undefined
          : `it gives the role to ${there ?? 'somebody else'}`;
      },
    },
  },
  azurerm_route_table: top('Microsoft.Network/routeTables', apis.network),
  azurerm_service_plan: top('Microsoft.Web/serverFarms', apis.web),
  azurerm_storage_account: top('Microsoft.Storage/storageAccounts', apis.storage, {
    holds: [
      {
        what: 'containers',
        collection: 'blobServices/default/containers',
        api: apis.storage,
        // Machine Learning and Azure Monitor make these for themselves.
        harmless: /^(azureml|snapshot|revisions|code-|insights-)/,
      },
    ],
  }),
  azurerm_subnet: {
    path: '{group}/providers/Microsoft.Network/virtualNetworks/{virtual_network_name}/subnets/{name}',
    api: apis.network,
    tagged: false,
  },
  azurerm_subnet_network_security_group_association: joined(
    'networkSecurityGroup',
    'network_security_group_id',
  ),
  azurerm_subnet_route_table_association: joined('routeTable', 'route_table_id'),
  azurerm_subnet_service_endpoint_storage_policy: top(
    'Microsoft.Network/serviceEndpointPolicies',
    apis.network,
  ),
  azurerm_user_assigned_identity: top(
    'Microsoft.ManagedIdentity/userAssignedIdentities',
    apis.identity,
  ),
  azurerm_virtual_network: top('Microsoft.Network/virtualNetworks', apis.network),
};

/** The ARM path of a planned resource; undefined where it is not known before the apply. */
export function pathOf(identity: Identity, group: string, planned: Planned): string | undefined {
  if (typeof identity.path === 'function') return identity.path(planned);
  const parts = [...identity.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const values = parts.map((name) => (name === 'group' ? group : planned(name)));
  if (values.some((value) => value === undefined || value === '')) return undefined;
  let at = 0;
  return identity.path.replaceAll(/\{\w+\}/g, () => values[at++] ?? '');
}

/** The ARM path in the id that Terraform has for a resource; undefined where there is none in it. */
export function pathIn({ importId, pathOfId }: Identity, id: string): string | undefined {
  // A role assignment may have its tenant after the bar.
  const [first = '', rest = ''] = id.split('|');
  if (first === '' || importId === undefined) return first || undefined;
  return rest === '' ? undefined : pathOfId?.(first, rest);
}

/** The value of a tag on a resource, without case in its name, as ARM compares them. */
export function tagOf({ tags }: Resource, name: string): string | undefined {
  if (!isObject(tags)) return undefined;
  const key = Object.keys(tags).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : textOf(tags[key]);
}

/** ARM ids and Entra's object ids do not differ by case. */
export function sameId(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one.toLowerCase() === other?.toLowerCase();
}
