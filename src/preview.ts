import { whatIf } from './azure/deployments.ts';
import type { PredictedChange, TemplateDeployment } from './azure/deployments.ts';
import { computesDeployment } from './compute/index.ts';
import { messageOf } from './errors.ts';
import { previewedImages } from './images/index.ts';
import type { Settings } from './inputs/schema.ts';
import type { Session } from './login/session.ts';
import type { State } from './state/index.ts';
import { outputsInState } from './terraform/stored-outputs.ts';
import type { Outputs } from './terraform/outputs.ts';
import type { Toolbox } from './toolbox/index.ts';

/** What one ARM template would change, or why nobody could say. */
export interface TemplatePreview {
  /** Path of the template in the action, such as arm/computes.json. */
  readonly template: string;
  /** Without what stays as it is. */
  readonly changes: readonly PredictedChange[];
  /** Azure's words, or ours, where there is no answer. */
  readonly why?: string;
}

type Describe = (
  outputs: Outputs,
  settings: Settings,
  session: Session,
  tools: Toolbox,
) => Promise<TemplateDeployment>;

const described: Readonly<Record<string, Describe>> = {
  'arm/computes.json': (outputs, settings, _session, tools) =>
    computesDeployment(outputs, settings, tools),
  'arm/images.json': previewedImages,
};

/** A look is worth no more than this to a plan. */
const deadlineSeconds = 180;

/**
 * Asks Azure what the templates of `arm/` would change, in the form that needs no right to write.
 * They take what Terraform left, so before the first deploy there is nothing to ask (undefined). A
 * look that fails says so in its place, and never ends the plan; nor does one that is cancelled,
 * because the plan itself is cancelled then.
 */
export async function previewTemplates(
  state: State | undefined,
  settings: Settings,
  session: Session,
  tools: Toolbox,
): Promise<readonly TemplatePreview[] | undefined> {
  const look = async (template: string, outputs: Outputs): Promise<TemplatePreview> => {
    const deployment = await described[template]?.(outputs, settings, session, tools);
    if (deployment === undefined) return { template, changes: [] };
    const what = `What-if of ${template}`;
    const found = await whatIf(session, { ...deployment, what, deadlineSeconds }, tools);
    const changes = found.filter(({ change }) => !/^(Ignore|NoChange)$/i.test(change));
    return { template, changes };
  };
  const safely = async (template: string, outputs: Outputs): Promise<TemplatePreview> => {
    try {
      return await look(template, outputs);
    } catch (error) {
      tools.log.warn(`${template} could not be previewed: ${messageOf(error)}`);
      return { template, changes: [], why: lasting(error) };
    }
  };
  try {
    const outputs = state && (await outputsInState(state));
    if (outputs === undefined) return undefined;
    return await Promise.all(Object.keys(described).map((one) => safely(one, outputs)));
  } catch (error) {
    return [{ template: 'arm/', changes: [], why: lasting(error) }];
  }
}

/** What went wrong in words that are the same tomorrow: a comment that says the same is not written again. */
function lasting(error: unknown): string {
  const [line = ''] = messageOf(error).split('\n');
  return line.replace(/ Correlation id: \S+/, '');
}
