import { constants } from "node:crypto";
import { ServerCredentials } from "@grpc/grpc-js";
import type { KeyPair } from "../identity/x509.ts";

/** A certificate that a server shows, and that can be replaced while it serves. Callers need none of their own. */
export class RenewableCredentials extends ServerCredentials {
  constructor(pair: KeyPair) {
    super(
      { requestCert: false, secureOptions: constants.SSL_OP_NO_RENEGOTIATION },
      contextOf(pair),
    );
  }

  renew(pair: KeyPair): void {
    this.updateSecureContextOptions(contextOf(pair));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

const contextOf = ({ certificate, key }: KeyPair) => ({
  cert: certificate,
  key,
  minVersion: "TLSv1.3" as const,
});
