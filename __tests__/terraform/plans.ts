import { readFileSync } from 'node:fs';
import type { Plan } from '../../src/terraform/plan-file.ts';
import { readPlan } from '../../src/terraform/plan-file.ts';

/** The JSON of a plan under `__tests__/fixtures/plans`. */
export function planJson(name: string): string {
  return readFileSync(new URL(`../fixtures/plans/${name}/plan.json`, import.meta.url), 'utf8');
}

/** A plan under `__tests__/fixtures/plans`, read. */
export function recorded(name: string): Plan {
  return readPlan(planJson(name));
}

/** What a test says about one change; the rest is filled in. */
export interface ChangeSketch {
  readonly address?: string;
  readonly actions?: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
  readonly [member: string]: unknown;
}

/** The JSON of a plan with these changes. */
export function planOf(
  changes: readonly ChangeSketch[],
  more: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({ format_version: '1.2', resource_changes: changes.map(entryOf), ...more });
}

/** One entry of `resource_changes` or `resource_drift`. */
export function entryOf({ address = 'azurerm_thing.one', ...change }: ChangeSketch): unknown {
  const { actions = ['update'], previous_address, action_reason, deposed, ...rest } = change;
  const type = address.split('.').at(-2) ?? '';
  return {
    ...{ address, previous_address, action_reason, deposed, type, mode: 'managed' },
    change: { actions, before: null, after: null, ...rest },
  };
}
