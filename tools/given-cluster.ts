// What people say who give the tests a cluster of theirs.

/** Whoever makes it in a cluster allows the tests to use that cluster. */
export const CONSENT_NAMESPACE = "oci-torrent-e2e";

/** Variables of the environment. */
export const GIVEN = {
  kubeconfig: "KUBECONFIG",
  /** Our image, as its nodes can have it: REPOSITORY:TAG. */
  image: "OCI_TORRENT_E2E_IMAGE",
  /** Any image with a shell. */
  app: "OCI_TORRENT_E2E_APP",
} as const;
