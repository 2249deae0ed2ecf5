/** How to reach a namespace on a NATS server. */
export interface NatsAccess {
  /** `nats://USER:PASSWORD@HOST:4222` or `tls://…`; several with commas between them. */
  readonly nats: string;
  /** Default `default`. */
  readonly namespace?: string | undefined;
  /** Path of a `.creds` file. */
  readonly credentials?: string | undefined;
  /** Path of the certificates that the server's is checked with. */
  readonly ca?: string | undefined;
  /** Paths of the client's certificate and its key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}
