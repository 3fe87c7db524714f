/** A region as Local Azure offers it: its name in ids and the one people read. */
export interface Region {
  readonly name: string;
  readonly displayName: string;
}

/** Regions of public Azure that offer everything the product needs (learn.microsoft.com, "Azure regions list"). */
export const regions: readonly Region[] = [
  ['australiaeast', 'Australia East'],
  ['canadacentral', 'Canada Central'],
  ['centralus', 'Central US'],
  ['eastus', 'East US'],
  ['eastus2', 'East US 2'],
  ['francecentral', 'France Central'],
  ['germanywestcentral', 'Germany West Central'],
  ['italynorth', 'Italy North'],
  ['japaneast', 'Japan East'],
  ['northeurope', 'North Europe'],
  ['norwayeast', 'Norway East'],
  ['polandcentral', 'Poland Central'],
  ['southcentralus', 'South Central US'],
  ['southeastasia', 'Southeast Asia'],
  ['spaincentral', 'Spain Central'],
  ['swedencentral', 'Sweden Central'],
  ['switzerlandnorth', 'Switzerland North'],
  ['uksouth', 'UK South'],
  ['ukwest', 'UK West'],
  ['westeurope', 'West Europe'],
  ['westus2', 'West US 2'],
  ['westus3', 'West US 3'],
].map(([name = '', displayName = '']) => ({ name, displayName }));

/** A location as ids carry it: lower case, without spaces. */
export function normalLocation(location: string): string {
  return location.toLowerCase().replaceAll(' ', '');
}

/** True for a region of Azure, and for `global`. */
export function isLocation(location: string): boolean {
  const name = normalLocation(location);
  return name === 'global' || regions.some((region) => region.name === name);
}
