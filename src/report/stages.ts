import type { StageRecord } from '../stages.ts';
import { seconds } from '../stages.ts';
import { table } from './markdown.ts';

/** The stages of a run as a Markdown table and, where there are several, a Mermaid Gantt. */
export function stageTable(records: readonly StageRecord[]): string {
  const rows = records.map((record) => [record.name, record.result, `${seconds(record)} s`]);
  const shown = table(['stage', 'result', 'time'], rows);
  return records.length < 2 ? shown : `${shown}\n\n${gantt(records)}`;
}

function gantt(records: readonly StageRecord[]): string {
  const start = Math.min(...records.map(({ startedAt }) => startedAt));
  const bars = records.map(({ name, startedAt, endedAt, result }) => {
    const mark = result === 'failed' || result === 'cancelled' ? 'crit, ' : '';
    // Mermaid counts in whole milliseconds, and a bar of no length is not drawn.
    return `  ${name} :${mark}${startedAt - start}, ${Math.max(endedAt - start, startedAt - start + 1)}`;
  });
  return ['```mermaid', 'gantt', '  dateFormat x', '  axisFormat %M:%S', ...bars, '```'].join('\n');
}
