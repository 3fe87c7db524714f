import { valueAt } from './template.ts';

/** A machine's extension, as far as it may have set a password. */
export interface Extension {
  readonly name: string;
  readonly kind: string;
  readonly state: string | undefined;
  /** The user that its settings name. */
  readonly user: string | undefined;
}

/** Type of the extension by which the portal and the Azure CLI reset a password. */
export const accessAgentType = 'VMAccessAgent';

/** Reads one of Microsoft.Compute/virtualMachines/extensions; a shape that is not known names nobody. */
export function readExtension(raw: unknown): Extension {
  const settings = valueAt(raw, ['properties', 'settings']);
  const named = Object.entries(settings ?? {}).find(([key]) => key.toLowerCase() === 'username');
  return {
    name: textOf(valueAt(raw, ['name'])) ?? '',
    kind: textOf(valueAt(raw, ['properties', 'type'])) ?? '',
    state: textOf(valueAt(raw, ['properties', 'provisioningState'])),
    user: textOf(named?.[1]),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function isAccessAgent({ kind }: Extension): boolean {
  return kind.toLowerCase() === accessAgentType.toLowerCase();
}

/**
 * Whether an extension has set a password for this administrator. One that only repaired the
 * machine's settings names no user, and one for another user adds an administrator and leaves the
 * first one his password ("Reset Remote Desktop Services or its administrator password in a Windows
 * VM", learn.microsoft.com). Neither counts, nor one that failed.
 */
export function hasSetPassword(extension: Extension, administrator: string): boolean {
  return (
    isAccessAgent(extension) &&
    extension.state === 'Succeeded' &&
    extension.user?.toLowerCase() === administrator.toLowerCase()
  );
}
