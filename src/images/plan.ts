import { apis } from '../azure/api-versions.ts';
import type { Resource } from '../azure/arm.ts';
import type { TemplateDeployment } from '../azure/deployments.ts';
import { deploymentName } from '../azure/deployments.ts';
import type { Parameters, Template } from '../azure/template.ts';
import { readShipped } from '../azure/template.ts';
import type { Settings } from '../inputs/schema.ts';
import type { Session } from '../login/session.ts';
import type { Outputs } from '../terraform/outputs.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { Place } from './place.ts';
import { placeOf } from './place.ts';

/** What a deploy of the images works from: the templates, their parameters, and what is there now. */
export interface ImagesPlan {
  readonly place: Place;
  readonly group: string;
  readonly template: Template;
  readonly parameters: Parameters;
  readonly datastoreTemplate: Template;
  /** The account as it is; undefined before the first deploy. */
  readonly account: Resource | undefined;
  /** Those of the resource group, which `arm/images.json` puts on what it makes. */
  readonly tags: Readonly<Record<string, string>>;
}

interface Group {
  readonly tags?: Readonly<Record<string, string>>;
}

/** Reads templates, account and group, and works out the parameters. */
export async function planOf(
  outputs: Outputs,
  settings: Pick<Settings, 'environment'>,
  { arm }: Pick<Session, 'arm'>,
  { files }: Pick<Toolbox, 'files'>,
): Promise<ImagesPlan> {
  const place = placeOf(outputs, settings);
  const workspaceAccountId = place.accountId.replace(/[^/]+$/, outputs.storageAccountName);
  const [template, datastoreTemplate, account, workspaceAccount, group] = await Promise.all([
    readShipped('images.json', files),
    readShipped('images-datastore.json', files),
    arm.get(place.accountId, apis.storage),
    arm.get(workspaceAccountId, apis.storage),
    arm.get<Group>(place.groupId, apis.resources),
  ]);
  const parameters = imagesParameters(place, outputs, redundancyOf(account ?? workspaceAccount));
  return {
    ...{ place, group: outputs.resourceGroup },
    ...{ template, parameters, datastoreTemplate, account },
    tags: group?.tags ?? {},
  };
}

/** The deployment of the account and all around it, without its datastore. */
export function imagesDeployment(
  { group, template, parameters }: ImagesPlan,
  tools: Pick<Toolbox, 'runner'>,
): TemplateDeployment {
  const content = { template, parameters };
  const name = deploymentName('images', content, tools);
  return { ...content, group, name, what: "images' account", deadlineSeconds: 1800 };
}

/** What Terraform left, as `arm/images.json` takes it; without a redundancy its own default counts. */
export function imagesParameters(
  place: Place,
  { location, subnetId }: Outputs,
  replication?: string,
): Parameters {
  return {
    location,
    subnetId,
    accountName: place.account,
    containerName: place.container,
    endpointName: place.endpoint,
    zoneId: place.zoneId,
    logWorkspaceId: place.logWorkspaceId,
    ...(replication === undefined ? {} : { replication }),
  };
}

/**
 * An account keeps the redundancy it was made with, because Azure converts not every one into every
 * other; a new one gets that of the workspace's account.
 */
function redundancyOf(account: Resource | undefined): string | undefined {
  const { sku } = (account ?? {}) as { readonly sku?: { readonly name?: string } };
  return sku?.name;
}
