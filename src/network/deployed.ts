/**
 * What ARM says about the environment, read once for one proof. The other parts of the proof judge
 * it or look from outside and inside at what it names.
 */
export interface Deployed {
  /** Address ranges of the virtual network, CIDR. */
  readonly ranges: readonly string[];
  /** Every public IP address of the resource group. */
  readonly publicAddresses: readonly PublicAddress[];
  /** Guid of the machine learning workspace, which its private host names begin with; undefined where ARM gives none. */
  readonly workspaceGuid: string | undefined;
  /** Host name of the workspace's notebooks (`notebookInfo.fqdn`), which Azure shortens in its own way. */
  readonly notebookHost?: string | undefined;
  /** Storage account of the images; undefined before the stage that makes it. */
  readonly imagesAccount?: string | undefined;
}

export interface PublicAddress {
  readonly name: string;
  /** IPv4; undefined while none is assigned. */
  readonly address: string | undefined;
}
