/** A storage account as the blob service must know it. */
export interface BlobAccount {
  readonly name: string;
  /** Base64; one or two. */
  readonly keys: readonly string[];
}

/** What the blob service's process is told. Each message is answered by `done` with its number. */
export type FromParent =
  | {
      readonly kind: 'accounts';
      readonly number: number;
      readonly accounts: readonly BlobAccount[];
    }
  | { readonly kind: 'forget'; readonly number: number; readonly account: string };

/** What it says. */
export type ToParent =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'done'; readonly number: number };
