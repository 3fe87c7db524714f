/** Keeps what was claimed, and prints each claim as a plain line. */
export interface Ledger {
  /** `seen` is shown where the claim does not hold. */
  claim(what: string, holds: boolean, seen?: unknown): void;
  /** Where the following claims belong. */
  scene(title: string): void;
  readonly held: number;
  readonly failed: readonly string[];
}

/** Opens an empty ledger. */
export function openLedger(print: (line: string) => void): Ledger {
  const failed: string[] = [];
  let title = '';
  let held = 0;
  return {
    failed,
    get held() {
      return held;
    },
    scene: (next) => {
      title = next;
      print(`\n${next}`);
    },
    claim: (what, holds, seen) => {
      if (holds) held += 1;
      else failed.push(`${title}: ${what}`);
      print(`  ${holds ? 'ok' : 'FAILED'}: ${what}`);
      if (!holds && seen !== undefined) print(`    seen: ${textOf(seen)}`);
    },
  };
}

function textOf(seen: unknown): string {
  const plain: unknown = seen instanceof Map ? [...(seen as Map<string, unknown>)] : seen;
  return (typeof plain === 'string' ? plain : JSON.stringify(plain)).slice(0, 2_000);
}
