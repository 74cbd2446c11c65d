export { anImage, anIndex, type TestImage } from "./an-image.ts";
export {
  type Certificate,
  type CertificateOptions,
  createAuthority,
  createCertificate,
} from "./certificates.ts";
export { createFakeClock, type FakeClock } from "./fake-clock.ts";
export { type Lie, type LyingRegistry, startLyingRegistry } from "./lying-registry.ts";
export { pushImage } from "./push-image.ts";
export { registryContract, type ServedImage } from "./registry-contract.ts";
export { startTokenServer, type TokenServer } from "./token-server.ts";
