import type { SignAgentRequest__Output } from "../generated/ocitorrent/session/v1/SignAgentRequest.ts";
import type { SignAgentResponse__Output } from "../generated/ocitorrent/session/v1/SignAgentResponse.ts";
import { bytes, nodeName, token } from "./fields.ts";
import { pem } from "./from-controller.ts";

/** An agent asks for a certificate; `csr` is PKCS #10 in DER, not looked into. */
export type SigningRequest = { readonly node: string; readonly csr: Uint8Array };
/** PEM texts. The zone is empty where the node has none. */
export type SignedAgent = {
  readonly certificate: string;
  readonly bundle: string;
  readonly zone: string;
};

/** @throws MessageError */
export const parseSigningRequest = (wire: SignAgentRequest__Output): SigningRequest => ({
  node: nodeName("sign_agent.node", wire.node),
  csr: bytes("sign_agent.csr", wire.csr, 8 * 1024, 1),
});

/** @throws MessageError */
export const parseSignedAgent = (wire: SignAgentResponse__Output): SignedAgent => ({
  certificate: pem("sign_agent.certificate", wire.certificate, 16 * 1024),
  bundle: pem("sign_agent.bundle", wire.bundle),
  zone: token("sign_agent.zone", wire.zone, 253, 0),
});
