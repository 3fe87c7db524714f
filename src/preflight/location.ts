import { fine, shortList, wrong } from './check.ts';
import type { Check } from './check.ts';
import { plainRegion } from './facts.ts';
import { neededTypes } from './needed-actions.ts';

/** Whether the region exists for the subscription, and is the one where the environment already is. */
export const locationCheck: Check = {
  name: 'location',
  async run({ facts, settings, names }) {
    const { location } = settings;
    const [regions, group] = await Promise.all([facts.regions(), facts.group('environment')]);
    const known = regions.filter(({ type }) => type === undefined || type === 'Region');
    if (!known.some(({ name }) => name === location)) {
      return wrong(
        `The subscription has no region ${location}.`,
        'choose another location: az account list-locations --query "[].name" --output tsv lists them.',
      );
    }
    const there = group && plainRegion(group.location);
    if (there === undefined) return fine(location);
    if (there === location) return fine(`${location}, where ${names.resourceGroup} is`);
    return wrong(
      `The resource group ${names.resourceGroup} is in ${there}, and location says ${location}; a group cannot move.`,
      `set location to ${there}, or choose another name for the environment.`,
    );
  },
};

/** Whether the region offers each kind of resource. */
export const servicesCheck: Check = {
  name: 'services of the region',
  regional: true,
  async run(look) {
    const { location } = look.settings;
    const offered = new Map<string, readonly string[]>();
    for (const { namespace, resourceTypes = [] } of await look.facts.providers()) {
      for (const { resourceType, locations = [] } of resourceTypes) {
        offered.set(`${namespace}/${resourceType}`.toLowerCase(), locations.map(plainRegion));
      }
    }
    const missing = neededTypes.filter((type) => {
      // a type without regions is global, or Azure does not tell; one that is not listed is the row of the providers
      const regions = offered.get(type.toLowerCase()) ?? [];
      return regions.length > 0 && !regions.includes('global') && !regions.includes(location);
    });
    if (missing.length === 0) return fine(`${location} offers all ${neededTypes.length}`);
    return wrong(
      `${location} does not offer ${shortList(missing)}.`,
      `choose another location. az provider show --namespace ${missing[0]?.split('/')[0] ?? ''} --query "resourceTypes[].{type:resourceType,regions:locations}" shows where it is offered.`,
    );
  },
};
