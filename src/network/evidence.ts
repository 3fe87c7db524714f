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
