import type { AttributeChange, Shown } from '../terraform/attribute-changes.ts';
import type { Change, OutputChange } from '../terraform/plan-file.ts';
import { code, count, visible } from './markdown.ts';

const longestAddress = 300;
const longestPath = 200;
const longestValue = 240;

/** How much is shown of one change: how many of its attributes, and how many characters of a value. */
export interface Depth {
  readonly attributes: number;
  readonly value: number;
}

const verbs: Readonly<Record<Change['action'], string>> = {
  create: 'create',
  update: 'change',
  replace: 'replace',
  delete: 'delete',
  'no-op': 'move',
  read: 'read',
  import: 'import',
  forget: 'forget',
};

/** One change as a line of a list. */
export function changeLine(change: Change): string {
  const { action, address, deposed, forcedBy, movedFrom, importedFrom } = change;
  const more = [
    deposed === undefined ? '' : `, the left-over object ${code(deposed, 40)}`,
    forcedBy.length > 0
      ? `, because of ${forcedBy
          .slice(0, 5)
          .map((path) => code(path))
          .join(', ')}`
      : '',
    forcedBy.length > 5 ? ` and ${forcedBy.length - 5} more` : '',
    movedFrom === undefined ? '' : `, until now ${code(movedFrom, longestAddress)}`,
    importedFrom === undefined ? '' : `, imported from ${code(importedFrom, longestAddress)}`,
  ];
  return `- **${verbs[action]}** ${code(address, longestAddress)}${more.join('')}`;
}

/** The attributes of a change as lines of a diff; none for a deletion, whose every attribute goes. */
export function changeDetail(change: Change, depth: Depth): readonly string[] {
  return hasDetail(change) ? detail(change.address, change.attributes, depth) : [];
}

/** Whether something is told of the attributes of a change. */
export function hasDetail({ action }: Change): boolean {
  return action !== 'delete' && action !== 'forget';
}

/** An output's change as lines of a diff. */
export function outputDetail({ name, attributes }: OutputChange, depth: Depth): readonly string[] {
  return detail(`output ${name}`, attributes, depth);
}

function detail(
  title: string,
  attributes: readonly AttributeChange[],
  depth: Depth,
): readonly string[] {
  if (attributes.length === 0) return [];
  const left = attributes.length - depth.attributes;
  return [
    `# ${visible(title, longestAddress)}`,
    ...attributes.slice(0, depth.attributes).map((one) => attributeLine(one, depth.value)),
    ...(left > 0 ? [`# and ${count(left, 'attribute')} more`] : []),
  ];
}

/** `! path: before → after`, `+ path: after`, `- path: before` */
function attributeLine({ path, before, after }: AttributeChange, longest: number): string {
  const name = path === '' ? '' : `${visible(path, longestPath)}: `;
  const [from, to] = [valueText(before, longest), valueText(after, longest)];
  if (before.kind === 'absent') return `+ ${name}${to}`;
  if (after.kind === 'absent') return `- ${name}${from}`;
  return `! ${name}${from} → ${to}`;
}

/** A value as text; never one that is sensitive. */
export function valueText(value: Shown, longest = longestValue): string {
  if (value.kind === 'value') return visible(value.json, longest);
  return { absent: '(none)', sensitive: '(sensitive)', unknown: '(known after apply)' }[value.kind];
}
