import { apis } from '../azure/api-versions.ts';
import { fine, subscriptionOf, wrong } from './check.ts';
import type { Check } from './check.ts';
import { plainRegion } from './facts.ts';

/** Whether the region offers the size of the App Service plan, for Linux. */
export const planCheck: Check = {
  name: 'app service plan',
  regional: true,
  async run(look) {
    const { planSize } = look.choices;
    if (planSize === '') return fine('not asked for');
    const { location } = look.settings;
    const query = `sku=${tierOf(planSize)}&linuxWorkersEnabled=true`;
    const path = `${subscriptionOf(look)}/providers/Microsoft.Web/geoRegions?${query}`;
    const regions = await look.arm.list<{ readonly name?: string }>(path, apis.web);
    if (regions.some(({ name = '' }) => plainRegion(name) === location)) return fine(planSize);
    return wrong(
      `${location} does not offer Linux plans of size ${planSize}.`,
      `choose another inference_plan_sku in the variables file, or another location: az appservice list-locations --linux-workers-enabled --sku ${planSize.toUpperCase()} lists them.`,
    );
  },
};

/**
 * The tier of a size, by which App Service lists its regions: P0v3 is PREMIUM0V3, P1v3 PREMIUMV3,
 * P1mv3 PREMIUMMV3, B1 BASIC (as `az appservice list-locations` asks).
 */
export function tierOf(size: string): string {
  const [, number = '', memory = '', version = ''] = /^P(\d)(m?)(v\d)$/i.exec(size) ?? [];
  if (version === '') return 'BASIC';
  return `PREMIUM${number === '0' ? '0' : ''}${memory}${version}`.toUpperCase();
}
