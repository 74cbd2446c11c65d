export {
  type Certificate,
  type CertificateOptions,
  createAuthority,
  createCertificate,
} from "./certificates.ts";

export { registryContract, type ServedImage } from "./registry-contract.ts";
