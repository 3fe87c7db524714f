import type { Deployed, PublicAddress } from '../deployed.ts';
import type { ServiceFacts } from './service-facts.ts';

/**
 * Everything that ARM says about the environment and the proof judges, in our own words. Undefined
 * and empty are not the same: what ARM does not say is undefined, and proves nothing.
 */
export interface Facts extends Omit<Deployed, 'publicAddresses'>, NetworkFacts, ServiceFacts {
  readonly groupId: string;
  /** What ARM would not give. */
  readonly unread: readonly Unread[];
  /** Every resource of the group, whatever it is. */
  readonly inventory: readonly Listed[];
}

/** Something that could not be read, and ARM's reason. */
export interface Unread {
  readonly what: string;
  readonly why: string;
}

export interface Listed {
  readonly id: string;
  readonly name: string;
  readonly type: string;
}

export interface NetworkFacts {
  readonly publicAddresses: readonly HeldAddress[];
  readonly interfaces: readonly NetworkInterface[];
  readonly networks: readonly Network[];
  /** The tables, groups and policies that subnets of the network name, wherever these stand. */
  readonly routeTables: readonly RouteTable[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly endpointPolicies: readonly EndpointPolicy[];
  /** NAT gateways and gateways to other networks. */
  readonly gateways: readonly Listed[];
  readonly firewalls: readonly Firewall[];
  /** Policies of the firewalls, and the policies that these inherit from. */
  readonly policies: readonly Policy[];
  readonly endpoints: readonly Endpoint[];
  readonly zones: readonly Zone[];
  readonly bastions: readonly Bastion[];
}

export interface HeldAddress extends PublicAddress {
  readonly id: string;
  /** Id of what holds the address: a resource's ip configuration, or a NAT gateway. */
  readonly holder: string | undefined;
}

export interface NetworkInterface {
  readonly id: string;
  readonly name: string;
  readonly subnetId: string | undefined;
  readonly addresses: readonly string[];
  /** Name servers of its own, which take the place of the network's. */
  readonly dnsServers: readonly string[];
  /** Ids of pools and rules of load balancers and gateways that it stands behind. */
  readonly behind: readonly string[];
  /** Undefined where ARM lists no ip configurations at all. */
  readonly publicAddressIds: readonly string[] | undefined;
  readonly machineId: string | undefined;
  readonly endpointId: string | undefined;
}

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly ranges: readonly string[];
  readonly dnsServers: readonly string[];
  /** Ids of the networks on the other side; undefined where ARM lists no peerings. */
  readonly peers: readonly string[] | undefined;
  readonly natGatewayId: string | undefined;
  readonly subnets: readonly Subnet[];
}

export interface Subnet {
  readonly id: string;
  readonly name: string;
  readonly prefixes: readonly string[];
  readonly routeTableId: string | undefined;
  readonly securityGroupId: string | undefined;
  readonly natGatewayId: string | undefined;
  readonly defaultOutbound: boolean | undefined;
  /** Services that are reached past the firewall. */
  readonly serviceEndpoints: readonly string[];
  readonly endpointPolicyIds: readonly string[];
  /** Services of Azure that the subnet is given to. */
  readonly delegations: readonly string[];
  /** Ids of what lives here: ip configurations, endpoints, gateways. */
  readonly residents: readonly string[];
  /** Ids of what services have joined to it, such as the plan of a web app. */
  readonly joined: readonly string[];
  /** `sharingScope`: whether other subscriptions may use it. */
  readonly sharing: string | undefined;
}

export interface RouteTable {
  readonly id: string;
  readonly name: string;
  /** Whether gateways may add routes of their own. */
  readonly learns: boolean | undefined;
  readonly routes: readonly Route[] | undefined;
}

export interface Route {
  readonly name: string;
  readonly prefix: string;
  readonly hop: string;
  readonly address: string | undefined;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly rules: readonly SecurityRule[] | undefined;
}

export interface SecurityRule {
  readonly name: string;
  readonly priority: number;
  readonly direction: string;
  readonly access: string;
  readonly protocol: string;
  readonly sources: readonly string[];
  readonly destinations: readonly string[];
  readonly ports: readonly string[];
  readonly sourcePorts: readonly string[];
}

export interface EndpointPolicy {
  readonly id: string;
  readonly name: string;
  readonly allows: readonly { readonly service: string; readonly resources: readonly string[] }[];
}

export interface Firewall {
  readonly id: string;
  readonly name: string;
  readonly privateAddresses: readonly string[];
  readonly subnetIds: readonly string[];
  readonly policyId: string | undefined;
  readonly threatIntelligence: string | undefined;
  /** Rules on the firewall itself, the older form; with a policy there are none. */
  readonly ownRules: number;
}

export interface Policy {
  readonly id: string;
  readonly name: string;
  readonly baseId: string | undefined;
  readonly threatIntelligence: string | undefined;
  /** What threat intelligence lets pass all the same. */
  readonly trusted: readonly string[];
  readonly explicitProxy: boolean;
  /** Name servers of its own, which say where a listed host is; without any, Azure's resolver does. */
  readonly dnsServers: readonly string[];
  readonly rules: readonly FirewallRule[];
}

export interface FirewallRule {
  /** Policy, group and collection, for a person who looks for the rule. */
  readonly place: string;
  readonly name: string;
  /** `unknown`: of a form that this product cannot judge. */
  readonly kind: 'network' | 'application' | 'nat' | 'unknown';
  readonly action: string;
  readonly sources: readonly string[];
  readonly protocols: readonly string[];
  readonly ports: readonly string[];
  readonly destinations: readonly string[];
  /** Where a NAT rule leads. */
  readonly target: string | undefined;
}

export interface Endpoint {
  readonly id: string;
  readonly name: string;
  readonly subnetId: string | undefined;
  readonly interfaceIds: readonly string[];
  readonly links: readonly EndpointLink[];
}

export interface EndpointLink {
  readonly targetId: string;
  readonly groups: readonly string[];
  readonly status: string;
}

export interface Zone {
  readonly id: string;
  readonly name: string;
  readonly links: readonly { readonly networkId: string; readonly state: string | undefined }[];
  readonly records: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

export interface Bastion {
  readonly id: string;
  readonly name: string;
  readonly sku: string | undefined;
  readonly networkId: string | undefined;
  readonly publicAddresses: number;
  readonly shareableLinks: boolean;
}
