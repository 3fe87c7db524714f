/** One attribute of a resource that is not what this product made it. */
export interface Difference {
  /** Name of the resource. */
  readonly resource: string;
  /** Path of the attribute in ARM's answer, or a word such as existence. */
  readonly attribute: string;
  readonly wanted: string;
  readonly found: string;
}
