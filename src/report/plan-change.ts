import type { AttributeChange, Shown } from '../terraform/attribute-changes.ts';
import type { Change, OutputChange } from '../terraform/plan-file.ts';
import { code, count, visible } from './markdown.ts';

const longestAddress = 300;
const longestPath = 200;
const longestValue = 240;
const mostAttributes = 80;

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
export function changeDetail(change: Change): readonly string[] {
  const isGone = change.action === 'delete' || change.action === 'forget';
  return isGone ? [] : detail(change.address, change.attributes);
}

/** An output's change as lines of a diff. */
export function outputDetail({ name, attributes }: OutputChange): readonly string[] {
  return detail(`output ${name}`, attributes);
}

function detail(title: string, attributes: readonly AttributeChange[]): readonly string[] {
  if (attributes.length === 0) return [];
  const left = attributes.length - mostAttributes;
  return [
    `# ${visible(title, longestAddress)}`,
    ...attributes.slice(0, mostAttributes).map(attributeLine),
    ...(left > 0 ? [`# and ${count(left, 'attribute')} more`] : []),
  ];
}

/** `! path: before → after`, `+ path: after`, `- path: before` */
function attributeLine({ path, before, after }: AttributeChange): string {
  const name = path === '' ? '' : `${visible(path, longestPath)}: `;
  if (before.kind === 'absent') return `+ ${name}${valueText(after)}`;
  if (after.kind === 'absent') return `- ${name}${valueText(before)}`;
  return `! ${name}${valueText(before)} → ${valueText(after)}`;
}

/** A value as text; never one that is sensitive. */
export function valueText(value: Shown, longest = longestValue): string {
  if (value.kind === 'value') return visible(value.json, longest);
  return { absent: '(none)', sensitive: '(sensitive)', unknown: '(known after apply)' }[value.kind];
}
