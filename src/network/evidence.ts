/** One thing that was looked at, and what it says about the network. */
export interface Evidence {
  /** Name of the check; the same in every report. */
  readonly check: string;
  /** What was looked at: a resource, a name, a subnet. */
  readonly subject: string;
  readonly from: 'arm' | 'outside' | 'inside';
  /**
   * `closed`: as promised; `hole`: not as promised; `unproven`: the answer says nothing about the
   * network; `skipped`: could not be looked at from here.
   */
  readonly result: 'closed' | 'hole' | 'unproven' | 'skipped';
  /** What was seen, for a person. */
  readonly seen: string;
}

/** Whether this piece of evidence keeps the proof from holding. */
export function breaksProof({ result }: Evidence): boolean {
  return result === 'hole' || result === 'unproven';
}

/** What ARM describes and nobody judged, because it is switched off or not there. */
export function exceptionsIn(evidence: readonly Evidence[]): readonly Evidence[] {
  return evidence.filter(({ from, result }) => from === 'arm' && result === 'skipped');
}

/** The verdict in words: what nobody looked at, or from, is not vouched for. */
export function verdictOf(evidence: readonly Evidence[]): string {
  if (evidence.length === 0 || evidence.some(breaksProof)) return 'not proven to be closed';
  const unseen = (side: Evidence['from']): boolean =>
    evidence.some(({ from, result }) => from === side && result === 'skipped');
  const exceptions = exceptionsIn(evidence).length === 0 ? '' : ', with exceptions';
  if (unseen('inside')) return `closed as far as seen from outside${exceptions}`;
  return `closed${unseen('outside') ? ' as far as seen from inside' : ''}${exceptions}`;
}
