/** A signature that is not accepted; the message is the reason, to be read after "The signature is refused:". */
export class SignatureRefused extends Error {
  override readonly name = 'SignatureRefused';
}
