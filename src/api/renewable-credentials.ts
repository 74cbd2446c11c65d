import { constants } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";

/** PEM texts: what a server shows, and the authorities that callers' certificates must come from, where they need one. */
export type ServerIdentity = {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa?: string;
};

/** A server's certificate that can be replaced while it serves. Whether callers need one of their own cannot change. */
export class RenewableCredentials extends ServerCredentials {
  constructor(identity: ServerIdentity) {
    const asksCallers = identity.clientCa !== undefined;
    super(
      {
        requestCert: asksCallers,
        rejectUnauthorized: asksCallers,
        secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
      },
      contextOf(identity),
    );
  }

  renew(identity: ServerIdentity): void {
    this.updateSecureContextOptions(contextOf(identity));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

const contextOf = ({ certificate, key, clientCa }: ServerIdentity): SecureContextOptions => ({
  cert: certificate,
  key,
  minVersion: "TLSv1.3",
  ...(clientCa !== undefined && { ca: clientCa }),
});
