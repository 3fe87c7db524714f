import type { ErrorDetail } from '../../arm/errors.ts';
import { isSecure } from '../../arm/templates/parameters.ts';
import type { OpenTemplate } from '../../arm/templates/template.ts';
import { asObject } from '../../arm/json.ts';
import type { Json } from '../../arm/json.ts';
import type { StoredResource, World } from '../../world.ts';

export const DEPLOYMENTS = 'Microsoft.Resources/deployments';

export type DeploymentState = 'Accepted' | 'Running' | 'Succeeded' | 'Failed' | 'Canceled';

/** One request of a deployment. */
export interface Step {
  readonly operationId: string;
  readonly target: {
    readonly id: string;
    readonly resourceType: string;
    readonly resourceName: string;
  };
  state: 'Running' | 'Succeeded' | 'Failed';
  readonly startedAt: number;
  endedAt: number | undefined;
  statusCode: string;
  error: ErrorDetail | undefined;
}

/** What a deployment is beside what its GET shows. */
export interface Progress {
  readonly operationId: string;
  readonly startedAt: number;
  readonly steps: Step[];
  cancelled: boolean;
}

/** The progress of a stored deployment. */
export function progressOf(deployment: StoredResource): Progress {
  return deployment.hidden?.['progress'] as Progress;
}

/** The state of a stored deployment. */
export function stateOf(deployment: StoredResource): DeploymentState {
  return deployment.properties['provisioningState'] as DeploymentState;
}

/** True while a deployment runs. */
export function isActive(deployment: StoredResource): boolean {
  return ['Accepted', 'Running'].includes(stateOf(deployment));
}

/** Ends a deployment. */
export function finish(
  deployment: StoredResource,
  world: World,
  state: DeploymentState,
  more: Json = {},
): void {
  const now = world.clock.now();
  const seconds = (now - progressOf(deployment).startedAt) / 1000;
  Object.assign(deployment.properties, more, {
    provisioningState: state,
    timestamp: new Date(now).toISOString(),
    duration: `PT${seconds.toFixed(3)}S`,
  });
}

/** Parameters as a GET shows them: secure ones without their value. */
export function shownParameters(open: OpenTemplate): Json {
  const declared = asObject(open.template['parameters']);
  return Object.fromEntries(
    Object.entries(declared).map(([name, definition]) => {
      const type = String(asObject(definition)['type']);
      const value = open.parameters.get(name.toLowerCase());
      return [name, isSecure(definition) ? { type } : { type, value }];
    }),
  );
}
