import type { StoredResource, World } from '../world.ts';
import type { ArmError } from './errors.ts';
import type { Json } from './json.ts';

/** Usual durations in Azure, in seconds; scaled by the world's pace. */
export interface Durations {
  readonly create?: number;
  readonly update?: number;
  readonly delete?: number;
}

/** A PUT or PATCH on its way: what was there, what was sent, what will be stored. */
export interface Write {
  readonly world: World;
  readonly id: string;
  readonly existing: StoredResource | undefined;
  readonly body: Json;
  /** What will be stored; `check` and `derive` may change it. */
  readonly draft: StoredResource;
}

export type Verb = 'get' | 'list' | 'put' | 'patch' | 'delete';

/**
 * How a service answers a PUT whose work goes on: 201 or 200 with `Azure-AsyncOperation` (`header`),
 * 202 without a body and with `Location` (`accepted`), or nothing but `provisioningState` (`state`).
 */
export type Waiting = 'header' | 'accepted' | 'state';

/**
 * One resource type as data. The engine does what all types share: routes, parents, ETags, managed
 * identities, long-running operations, listing and deletion with everything below.
 */
export interface ResourceType {
  /** As Azure spells it, such as Microsoft.Network/virtualNetworks/subnets. */
  readonly type: string;
  /** The spelling inside ids and routes, where it differs from `type`. */
  readonly spelling?: string;
  /** `group`: in a resource group (or below its parent there); `extension`: on any scope. */
  readonly stands?: 'group' | 'extension';
  /** The only names there are, such as `default`. */
  readonly fixedNames?: readonly string[];
  /** True for types that need a location. */
  readonly located?: boolean;
  readonly verbs?: readonly Verb[];
  /** Status of the PUT that creates; updates answer `updates`, 200 without it. */
  readonly creates: 200 | 201;
  readonly updates?: 200 | 201;
  readonly waiting?: Waiting;
  readonly deletes?: 200 | 202;
  readonly seconds?: Durations;
  /** provisioningState while the work goes on, where it is not Creating and Updating. */
  readonly working?: string;
  /** False for types that have no provisioningState. */
  readonly stateful?: boolean;
  /** Properties that Azure fills in where the request leaves them out. */
  readonly defaults?: Json;
  /** Properties that are made once, at creation, and kept from then on. */
  readonly once?: Readonly<Record<string, (write: Write) => unknown>>;
  /** Properties (dotted) that no GET gives back: kept in `hidden`. */
  readonly secrets?: readonly string[];
  /** Refuses a write with an ArmError. */
  check?(write: Write): void;
  /** Fills in what follows from the request. */
  derive?(write: Write): void;
  /** Called when a write has ended. */
  settled?(resource: StoredResource, world: World, created: boolean): void;
  /** Why the resource cannot be deleted now, where it cannot. */
  inUse?(resource: StoredResource, world: World): ArmError | undefined;
  /** Called before the resource and what is below it goes. */
  leaving?(resource: StoredResource, world: World): void;
  /** Called when the resource is gone. */
  removed?(resource: StoredResource, world: World): void;
  /** What a GET adds to the stored properties. */
  view?(resource: StoredResource, world: World): Json;
  /** Writes to resources with the same lock refuse each other while one is under way. */
  lock?(id: string): string;
  /** What of Azure is left out, for the support matrix. */
  readonly simplified?: string;
}

const registry = new Map<string, ResourceType>();

/** Makes a type known to deletion, listing and templates; gives it back. */
export function register(type: ResourceType): ResourceType {
  registry.set(type.type.toLowerCase(), type);
  registry.set(spellingOf(type).toLowerCase(), type);
  return type;
}

/** The registered type with this name, compared without case. */
export function registered(type: string): ResourceType | undefined {
  return registry.get(type.toLowerCase());
}

/** All types that have been registered, each once. */
export function registeredTypes(): ResourceType[] {
  return [...new Set(registry.values())];
}

/** How the type is spelt in ids. */
export function spellingOf(type: ResourceType): string {
  return type.spelling ?? type.type;
}
