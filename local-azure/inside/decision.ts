import type { Flow } from './security-groups.ts';

/** How a connection that is allowed leaves; `network`: to another machine of the same network. */
export type Way =
  'private-endpoint' | 'service-endpoint' | 'firewall' | 'internet' | 'network' | 'metadata';

/** What stops one that is not. */
export type Obstacle =
  | 'name'
  | 'endpoint'
  | 'route'
  | 'security-group'
  | 'firewall'
  | 'no-outbound'
  | 'service-endpoint-policy'
  | 'no-network';

/** A connection that may be made. */
export interface Passage {
  readonly allowed: true;
  readonly via: Way;
  readonly address: string;
  readonly reason: string;
  /** The address that the other side sees. */
  readonly seenAs: string;
  /** Set where a service endpoint also tells the other side which subnet it comes from. */
  readonly subnetId?: string;
}

/** A connection that is stopped, by what and why. */
export interface Stop {
  readonly allowed: false;
  readonly obstacle: Obstacle;
  readonly reason: string;
}

/** Whether a connection from inside may be made, by which way, and why (not). */
export type Decision = Passage | Stop;

/** What is not TCP with TLS (or with plain HTTP on port 80). */
export interface Manner {
  readonly protocol?: 'TCP' | 'UDP';
  readonly speaks?: 'http' | 'https';
}

/** Stops a connection. */
export function refuse(obstacle: Obstacle, reason: string): Stop {
  return { allowed: false, obstacle, reason };
}

/** Lets a flow pass; the other side sees where it comes from unless something translates that. */
export function open(flow: Flow, via: Way, reason: string, seenAs = flow.from): Passage {
  return { allowed: true, via, address: flow.to, reason, seenAs };
}
