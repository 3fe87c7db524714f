/** A Mermaid flowchart as it is written, line by line; ids are ours, labels may be anybody's. */
export interface Flowchart {
  /** Adds a node and gives its id. */
  node(label: readonly string[], shape?: 'box' | 'round', isHole?: boolean): string;
  /** Adds a frame round what `content` adds, and gives its id. Its title is one line, or it would cover what is in it. */
  frame(title: string, content: () => void, isHole?: boolean): string;
  edge(from: string, arrow: Arrow, to: string, edge?: Edge): void;
  /** The whole as a fenced block. */
  done(): string;
}

/** To somewhere; in bold; both ways, in bold; a door that is shut; a way on purpose. */
export type Arrow = '-->' | '==>' | '<==>' | 'x--x' | '-.->';

interface Edge {
  readonly label?: string;
  /** Coloured apart: what must not be, and what the verdict excepts. */
  readonly tone?: 'hole' | 'exception';
}

const holeStyle = 'fill:#ffe0e0,stroke:#c00000,stroke-width:3px,color:#600000';

const edgeStyles = {
  hole: 'stroke:#c00000,stroke-width:3px,color:#600000',
  exception: 'stroke:#d07000,stroke-width:3px,color:#704000',
} as const;

/** Begins a flowchart that is read from left to right. */
export function flowchart(): Flowchart {
  const lines: string[] = ['flowchart LR'];
  const holes: string[] = [];
  const toned: Record<'hole' | 'exception', number[]> = { hole: [], exception: [] };
  const edges: string[] = [];
  let ids = 0;
  let depth = 1;
  const add = (line: string): void => void lines.push(`${'  '.repeat(depth)}${line}`);
  const take = (prefix: string, isHole: boolean): string => {
    ids += 1;
    if (isHole) holes.push(`${prefix}${ids}`);
    return `${prefix}${ids}`;
  };
  return {
    node(text, shape = 'box', isHole = false) {
      const id = take('n', isHole);
      add(shape === 'box' ? `${id}["${label(text)}"]` : `${id}(["${label(text)}"])`);
      return id;
    },
    frame(title, content, isHole = false) {
      const id = take('f', isHole);
      add(`subgraph ${id}["${label([title])}"]`);
      depth += 1;
      content();
      depth -= 1;
      add('end');
      return id;
    },
    edge(from, arrow, to, { label: text, tone } = {}) {
      if (tone !== undefined) toned[tone].push(edges.length);
      const words = text === undefined ? '' : `|"${label([text])}"|`;
      edges.push(`  ${from} ${arrow}${words} ${to}`);
    },
    done() {
      const styles = [
        `  classDef hole ${holeStyle}`,
        ...(holes.length > 0 ? [`  class ${holes.join(',')} hole`] : []),
        ...(['hole', 'exception'] as const)
          .filter((tone) => toned[tone].length > 0)
          .map((tone) => `  linkStyle ${toned[tone].join(',')} ${edgeStyles[tone]}`),
      ];
      return ['```mermaid', ...lines, ...edges, ...styles, '```'].join('\n');
    },
  };
}

/**
 * Lines of a label. Only signs that mean nothing to Mermaid, Markdown or HTML stay; a line cannot
 * begin like a list, which Mermaid would refuse to draw.
 */
function label(lines: readonly string[]): string {
  return lines
    .map((line) =>
      line
        .slice(0, 80)
        .toWellFormed()
        .replace(/[^\p{L}\p{N} .,:/()+_-]/gu, '?')
        .replace(/^[\s.,:/+_-]+/, '')
        .replace(/^(\d+)\.(?=\s)/, '$1'),
    )
    .filter((line) => line !== '')
    .join('<br/>');
}
