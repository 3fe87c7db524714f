/** How long one thing took, and what it had to wait for, by name. */
export interface Step {
  readonly name: string;
  readonly seconds: number;
  readonly after: readonly string[];
}

/** Steps of which each waited for the one before it. */
export interface Chain {
  readonly steps: readonly Pick<Step, 'name' | 'seconds'>[];
  readonly seconds: number;
}

/** The longest chain of dependent steps: no order of the steps can be quicker. Names that are no step take no time. */
export function longestChain(steps: readonly Step[]): Chain {
  const byName = new Map(steps.map((step) => [step.name, step]));
  const known = new Map<string, Chain>();
  const chainTo = (step: Step): Chain => {
    const found = known.get(step.name);
    if (found !== undefined) return found;
    const before = longest(step.after.flatMap((name) => byName.get(name) ?? []).map(chainTo));
    const chain = {
      steps: [...before.steps, { name: step.name, seconds: step.seconds }],
      seconds: before.seconds + step.seconds,
    };
    known.set(step.name, chain);
    return chain;
  };
  return longest(steps.map(chainTo));
}

function longest(chains: readonly Chain[]): Chain {
  return chains.reduce((best, one) => (one.seconds > best.seconds ? one : best), {
    steps: [],
    seconds: 0,
  });
}
