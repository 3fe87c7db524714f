import { resourceOperations } from '../../arm/resource-operations.ts';
import type { Operation } from '../../operation.ts';
import { bastionTypes } from './bastion.ts';
import { dnsTypes } from './dns-zones.ts';
import { firewallTypes } from './firewalls.ts';
import { gatewayTypes } from './gateways.ts';
import { inlineOperations } from './inline-items.ts';
import { interfaceTypes } from './interfaces.ts';
import { networkTypes } from './networks.ts';
import { endpointTypes } from './private-endpoints.ts';
import { addressTypes } from './public-addresses.ts';
import { tableTypes } from './tables.ts';

/** Microsoft.Network, as far as a closed network needs it. */
export const operations: readonly Operation[] = [
  ...resourceOperations([
    ...networkTypes,
    ...tableTypes,
    ...addressTypes,
    ...firewallTypes,
    ...dnsTypes,
    ...interfaceTypes,
    ...endpointTypes,
    ...bastionTypes,
    ...gatewayTypes,
  ]),
  ...inlineOperations('Microsoft.Network/networkSecurityGroups', 'securityRules'),
  ...inlineOperations('Microsoft.Network/routeTables', 'routes'),
];
