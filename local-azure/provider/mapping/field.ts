import type { Json } from './json.ts';
import type { Value } from '../terraform/values.ts';

/** The state stays what it was, or what was planned, where ARM says nothing. */
export const KEEP = Symbol('keep');

/** Turns a Terraform value into ARM's and back. */
export interface Codec {
  toArm(value: Value): Json | undefined;
  fromArm(json: Json): Value;
}

export interface FieldOptions {
  readonly codec?: Codec;
  /** Sent when the argument is not set or empty; without it nothing is sent then. */
  readonly empty?: Json;
  /** The state when ARM says nothing: a value, or KEEP for what was there. Default: the type's zero. */
  readonly missing?: Value | typeof KEEP;
}

/** An argument and the ARM property it stands for, both named within their block. */
export interface Plain extends FieldOptions {
  readonly kind: 'plain' | 'read' | 'write';
  readonly tf: string;
  readonly arm: string;
}

/** A nested block: of at most one (an ARM object) or of many (an ARM array). */
export interface Nested {
  readonly kind: 'one' | 'many';
  readonly tf: string;
  readonly arm: string;
  readonly fields: readonly Field[];
  readonly empty?: Json;
  /** Properties that every element carries besides. */
  readonly fixed?: Readonly<Record<string, Json>>;
  readonly missing?: typeof KEEP;
  /** Read from ARM and never sent. */
  readonly readOnly?: boolean;
}

export type Field = Plain | Nested;

/** Whether a field is a block of fields. */
export function isNested(field: Field): field is Nested {
  return field.kind === 'one' || field.kind === 'many';
}

/** Whether a field takes part in what is sent. */
export function isSent(field: Field): boolean {
  return isNested(field) ? field.readOnly !== true : field.kind !== 'read';
}

/** Sent and read. */
export function both(tf: string, arm: string, options: FieldOptions = {}): Plain {
  return { kind: 'plain', tf, arm, ...options };
}

/** Only read. */
export function read(tf: string, arm: string, options: FieldOptions = {}): Plain {
  return { kind: 'read', tf, arm, ...options };
}

/** Only sent: ARM never gives it back, the state keeps what was configured. */
export function write(tf: string, arm: string, options: FieldOptions = {}): Plain {
  return { kind: 'write', tf, arm, ...options };
}

type NestedOptions = Pick<Nested, 'empty' | 'fixed' | 'missing' | 'readOnly'>;

/** A block that stands at most once. */
export function one(
  tf: string,
  arm: string,
  fields: readonly Field[],
  options: NestedOptions = {},
): Nested {
  return { kind: 'one', tf, arm, fields, ...options };
}

/** A block, or a list of objects, that stands any number of times. */
export function many(
  tf: string,
  arm: string,
  fields: readonly Field[],
  options: NestedOptions = {},
): Nested {
  return { kind: 'many', tf, arm, fields, ...options };
}

/** Arguments that this provider does not map; the real one leaves their type's zero in the state. */
export function zeros(...names: string[]): Plain[] {
  return names.map((tf) => read(tf, 'not in ARM'));
}
