/**
 * Seconds between looks at something that changes by itself: one at first, then longer and longer up
 * to `longest`, so that what is quick is seen quickly and what is slow is not asked for nothing.
 */
export function growingPauses(longest: number): () => number {
  let next = 1;
  return () => {
    const pause = Math.min(next, longest);
    next *= 1.5;
    return pause;
  };
}
