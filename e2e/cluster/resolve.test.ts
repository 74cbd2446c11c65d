// What the controller finds out about private images, by the secrets of a real cluster and at real registries.
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import {
  clusterAdvice,
  type ImageRequest,
  pullCredential,
  type ResolveDeps,
  resolveImage,
} from "../../src/controller/index.ts";
import {
  accessTokenCredential,
  createRegistryClient,
  endpointMap,
  parseReference,
} from "../../src/oci/index.ts";
import { atEnd, suite } from "../support/at-end.ts";
import { type ImageRecord, makeImage } from "../support/images.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { tempDir } from "../support/temp.ts";
import { startTokenService } from "../support/token-service.ts";
import { aClient } from "./client.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { applyManifests, CONTROLLER, NAMESPACE } from "./manifests.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 30_000;
const forever = new AbortController().signal;
const account = { username: "reader", password: "the right password" };

describe("a private image", {
  skip: lackingCluster("docker-registry", "skopeo", "htpasswd", "openssl"),
}, () => {
  const scope = suite();
  let cluster: OwnCluster;
  let image: ImageRecord;
  let byPassword: TestRegistry;
  let byToken: TestRegistry;
  let deps: ResolveDeps;

  before(async () => {
    cluster = await anOwnCluster(scope);
    await applyManifests(cluster);
    for (const name of ["bound", "unbound", "empty"]) await kubectl("create", "namespace", name);
    for (const name of ["bound", "empty"]) await bind(name);
    image = await makeImage(tempDir(scope), { tag: "1", layers: [{ seed: "a", bytes: 10_000 }] });
    byPassword = await startRegistry(scope, { account });
    const tokens = await startTokenService(scope, account);
    byToken = await startRegistry(scope, { account, tokens });
    for (const registry of [byPassword, byToken]) await registry.push(image, "demo/app:1");
    deps = await asController();
  });

  const kubectl = async (...args: readonly string[]) => (await cluster.kubectl(args)).stdout;

  const bind = (namespace: string) =>
    kubectl(
      ...["create", "rolebinding", "pull-secrets", "-n", namespace],
      ...["--clusterrole=oci-torrent-pull-secrets"],
      `--serviceaccount=${NAMESPACE}:${CONTROLLER}`,
    );

  /** What resolves with the rights of the controller's service account. */
  async function asController(): Promise<ResolveDeps> {
    const token = await kubectl("create", "token", CONTROLLER, "-n", NAMESPACE);
    const plain = ({ address, url }: TestRegistry) => [address, [{ url, insecure: true }]];
    const registries = createRegistryClient({
      endpoints: endpointMap(Object.fromEntries([byPassword, byToken].map(plain))),
      advice: clusterAdvice,
    });
    atEnd(scope, () => registries.close());
    const { objects } = aClient(scope, cluster, token.trim());
    return { registries, objects, largestImageBytes: 1_000_000, timeoutMs: 30_000 };
  }

  async function makeSecret(
    namespace: string,
    name: string,
    { address }: TestRegistry,
    password = account.password,
  ): Promise<void> {
    const login = [`--docker-username=${account.username}`, `--docker-password=${password}`];
    const secret = ["secret", "docker-registry", name, `--docker-server=${address}`];
    await kubectl("create", ...secret, ...login, "-n", namespace);
  }

  const request = (
    { address }: TestRegistry,
    namespace: string,
    source: Partial<ImageRequest> = {},
  ): ImageRequest => ({
    namespace,
    imagePullSecrets: [],
    serviceAccountName: undefined,
    reference: parseReference(`${address}/demo/app:1`),
    wanted: { of: "nodes", platforms: ["linux/amd64"] },
    ...source,
  });

  const resolve = (wanted: ImageRequest) => resolveImage(deps, wanted, forever);

  const reasonOf = async (wanted: ImageRequest) => {
    const resolving = await resolve(wanted);
    return resolving.state === "failed" ? resolving.reason : resolving.image.access;
  };

  it("is resolved with a secret, once the controller may read secrets of the namespace", async () => {
    await makeSecret("unbound", "login", byPassword);
    const wanted = request(byPassword, "unbound", { imagePullSecrets: ["login"] });
    const refused = await resolve(wanted);
    assert.ok(refused.state === "failed");
    assert.equal(refused.reason, "SecretForbidden");
    assert.match(refused.message, /bind the cluster role oci-torrent-pull-secrets to its service/);

    await bind("unbound");
    await until("the binding is known", SOON_MS, async () =>
      (await reasonOf(wanted)) === "SecretForbidden" ? undefined : true,
    );
    const resolved = await resolve(wanted);
    assert.ok(resolved.state === "done");
    assert.equal(resolved.image.access, "Credentialed");
    assert.equal(resolved.image.digest, image.manifest.digest);
  });

  it("is resolved with the secret of a service account", async () => {
    await makeSecret("bound", "of-builder", byPassword);
    await kubectl("create", "serviceaccount", "builder", "-n", "bound");
    const wanted = request(byPassword, "bound", { serviceAccountName: "builder" });
    assert.equal(await reasonOf(wanted), "Unauthorized");
    const patch = JSON.stringify({ imagePullSecrets: [{ name: "of-builder" }] });
    await kubectl("patch", "serviceaccount", "builder", "-n", "bound", "-p", patch);
    assert.equal(await reasonOf(wanted), "Credentialed");
  });

  it("is not resolved with a wrong password, nor with a secret of another namespace", async () => {
    await makeSecret("bound", "wrong", byPassword, "the wrong password");
    await makeSecret("bound", "right", byPassword);
    const by = (namespace: string, name: string) =>
      reasonOf(request(byPassword, namespace, { imagePullSecrets: [name] }));
    assert.equal(await by("bound", "wrong"), "Unauthorized");
    assert.equal(await by("empty", "right"), "SecretNotFound");
    assert.equal(await by("bound", "right"), "Credentialed");
  });

  it("is given to a seeder for a token, where a service gives tokens", async () => {
    await makeSecret("bound", "for-tokens", byToken);
    const wanted = request(byToken, "bound", { imagePullSecrets: ["for-tokens"] });
    assert.equal(await reasonOf(wanted), "Credentialed");
    const crediting = await pullCredential(deps, wanted, forever);
    assert.ok(crediting.state === "done");
    const { login } = crediting.credential;
    assert.ok(login !== undefined && "bearerToken" in login);
    const shown = (token: string) =>
      deps.registries
        .registry(byToken.address, accessTokenCredential(token))
        .resolve("demo/app", "1", forever);
    assert.equal((await shown(login.bearerToken)).descriptor.digest, image.manifest.digest);
    await assert.rejects(shown("another"), { code: "REGISTRY_UNAUTHORIZED" });
  });
});
