import type { Parameters, Template } from '../azure/template.ts';
import { readShipped, setIn } from '../azure/template.ts';
import type { Toolbox } from '../toolbox/index.ts';
import type { ComputeParameters } from './parameters.ts';

/** The template of the computes, which ships with the action. */
export function readTemplate(files: Toolbox['files']): Promise<Template> {
  return readShipped('computes.json', files);
}

/** What the template sets at `path` of its compute of this type; undefined where only Azure can tell. */
export function setByTemplate(
  template: Template,
  computeType: string,
  path: readonly string[],
  parameters: ComputeParameters,
): unknown {
  const given: Parameters = { ...parameters };
  return setIn(template, ({ properties }) => properties?.computeType === computeType, path, given);
}
