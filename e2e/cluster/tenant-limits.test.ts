import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { parseReference } from "../../src/oci/index.ts";
import { suite } from "../support/at-end.ts";
import { anOwnCluster, type OwnCluster } from "./cluster.ts";
import { applyManifests, NAMESPACE } from "./manifests.ts";
import { lackingCluster } from "./programs.ts";
import { until } from "./until.ts";

const SOON_MS = 30_000;
const image = "busybox";

const LIMITS = {
  maxPriority: "10",
  "team-a.maxPriority": "50",
  "team-a.registries": "docker.io  Registry.example.com:5000",
  "team-a.nodeLabels": "pool=team-a tier=batch",
  "team-c.maxPriority": "high",
};

const labelled = { matchLabels: { pool: "team-a", tier: "batch", also: "this" } };

/** A distribution that is within the limits of team-a, but for `spec`. */
const ofTeamA = (spec: object) => ({
  namespace: "team-a",
  spec: { image, nodeSelector: labelled, ...spec },
});
const ofTeamB = (spec: object) => ({ namespace: "team-b", spec: { image, ...spec } });

type Placed = { readonly namespace: string; readonly spec: object };
type Case = { readonly bad: Placed; readonly says: string; readonly good: Placed };

const cases: Readonly<Record<string, Case>> = {
  "a priority above that of all namespaces": {
    bad: ofTeamB({ priority: 11 }),
    says: "spec.priority: 11 is more than 10, the highest that namespace team-b may use",
    good: ofTeamB({ priority: 10 }),
  },
  "a priority above that of the namespace itself": {
    bad: ofTeamA({ priority: 51 }),
    says: "spec.priority: 51 is more than 50, the highest that namespace team-a may use",
    good: ofTeamA({ priority: 50 }),
  },
  "any node where a label must be named": {
    bad: ofTeamA({ nodeSelector: {} }),
    says: "spec.nodeSelector: distributions of namespace team-a go to nodes with the label pool=team-a, tier=batch only: add it to matchLabels",
    good: ofTeamA({}),
  },
  "a label with another value": {
    bad: ofTeamA({ nodeSelector: { matchLabels: { pool: "team-b", tier: "batch" } } }),
    says: "go to nodes with the label pool=team-a only",
    good: ofTeamA({ nodeSelector: { matchLabels: { pool: "team-a", tier: "batch" } } }),
  },
  "seeders elsewhere": {
    bad: ofTeamA({ seeders: { nodeSelector: { matchLabels: { tier: "batch" } } } }),
    says: "spec.seeders.nodeSelector: seeders of namespace team-a are nodes with the label pool=team-a only: add it to matchLabels",
    good: ofTeamA({ seeders: { nodeSelector: labelled } }),
  },
  "anything of a namespace whose limits cannot be read": {
    bad: { namespace: "team-c", spec: { image } },
    says: "maxPriority in the ConfigMap oci-torrent/oci-torrent-tenant-limits is not a number from -100 to 100",
    good: ofTeamB({}),
  },
};

const IMAGES = [
  ...["busybox", "team/app:1", "docker.io/library/busybox", "index.docker.io/library/busybox"],
  ...["registry.example.com:5000/app", "REGISTRY.example.com:5000/app"],
  ...["registry.example.com/app", "registry.example.com:5001/app", "localhost/docker.io/app"],
  ...["ghcr.io/team/app:1", "ghcr.io/docker.io/library/busybox", "docker.io.example.com/busybox"],
];

describe("the limits of a namespace", { skip: lackingCluster() }, () => {
  const scope = suite();
  let cluster: OwnCluster;
  before(async () => {
    cluster = await anOwnCluster(scope);
    await applyManifests(cluster);
    for (const name of ["team-a", "team-b", "team-c"]) {
      await cluster.kubectl(["create", "namespace", name]);
    }
    const { code, stderr } = await create(ofTeamB({ priority: 100 }), "before");
    assert.equal(code, 0, `as shipped there are no limits: ${stderr}`);
    await setLimits(LIMITS);
    await until("the limits are heeded", SOON_MS, async () =>
      (await create(ofTeamB({ priority: 100 }))).code === 0 ? undefined : true,
    );
  });

  const kubectl = (...args: readonly string[]) => cluster.kubectl(args, { codes: "any" });
  const limits = ["configmap", "oci-torrent-tenant-limits", "-n", NAMESPACE];
  const setLimits = (data: object) =>
    cluster.kubectl(["patch", ...limits, "--type=merge", "-p", JSON.stringify({ data })]);

  /** Without a name for it the server only says what it would do. */
  function create({ namespace, spec }: Placed, name?: string) {
    const object = {
      apiVersion: "oci-torrent.io/v1alpha1",
      kind: "ImageDistribution",
      metadata: { name: name ?? "app" },
      spec,
    };
    const args = ["create", "-n", namespace, "-f", "-"];
    const really = name === undefined ? ["--dry-run=server"] : [];
    return cluster.kubectl([...args, ...really], { input: JSON.stringify(object), codes: "any" });
  }

  for (const [what, { bad, says, good }] of Object.entries(cases)) {
    it(`refuse ${what}`, async () => {
      const [refused, accepted] = await Promise.all([create(bad), create(good)]);
      assert.equal(accepted.code, 0, accepted.stderr);
      assert.equal(refused.code, 1, refused.stdout);
      assert.ok(refused.stderr.includes(says), refused.stderr);
    });
  }

  it("allow images of the registries that they name alone, read as our own reader does", async () => {
    for (const name of IMAGES) {
      const { host } = parseReference(name);
      const { code, stderr } = await create(ofTeamA({ image: name }));
      const isAllowed = ["docker.io", "registry.example.com:5000"].includes(host);
      assert.equal(code, isAllowed ? 0 : 1, `${name}: ${stderr}`);
      const says = `spec.image: images of namespace team-a may not come from ${host}, but from docker.io, registry.example.com:5000`;
      assert.ok(isAllowed || stderr.includes(says), stderr);
    }
  });

  it("leave alone what was there before, until its spec changes", async () => {
    const app = ["imgdist", "before", "-n", "team-b"];
    const patch = (spec: object) =>
      kubectl("patch", ...app, "--type=merge", "-p", JSON.stringify({ spec }));
    assert.equal((await kubectl("label", ...app, "a=b")).code, 0);
    assert.match((await patch({ suspend: true })).stderr, /spec\.priority: 100 is more than 10/);
    assert.equal((await patch({ suspend: true, priority: 0 })).code, 0);
    assert.equal((await kubectl("delete", ...app)).code, 0);
  });

  it("are written in terms that the server knows, and so is the agents' policy", async () => {
    const typo = {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "typo" },
      spec: {
        matchConstraints: {
          resourceRules: [
            {
              apiGroups: ["oci-torrent.io"],
              apiVersions: ["v1alpha1"],
              resources: ["imagedistributions"],
              operations: ["CREATE"],
            },
          ],
        },
        validations: [{ expression: "object.spec.priorty > 0" }],
      },
    };
    await cluster.kubectl(["create", "-f", "-"], { input: JSON.stringify(typo) });
    const warnings = async (name: string) => {
      const status = await until(`types in ${name} are checked`, SOON_MS, async () => {
        const { stdout } = await kubectl("get", "validatingadmissionpolicy", name, "-o", "json");
        return JSON.parse(stdout).status?.typeChecking as { expressionWarnings?: object[] };
      });
      return status.expressionWarnings ?? [];
    };
    assert.match(JSON.stringify(await warnings("typo")), /undefined field 'priorty'/);
    assert.deepEqual(await warnings("oci-torrent-tenant-limits"), []);
    assert.deepEqual(await warnings("oci-torrent-agent-own-node"), []);
  });

  it("are needed: without their ConfigMap nothing can be made", async () => {
    await kubectl("delete", ...limits);
    const refusal = await until("that is known", SOON_MS, async () => {
      const { code, stderr } = await create(ofTeamB({}));
      return code === 0 ? undefined : stderr;
    });
    assert.match(refusal, /policy 'oci-torrent-tenant-limits'.*no params found/i);
    await applyManifests(cluster);
    await until("it is back", SOON_MS, async () =>
      (await create(ofTeamB({}))).code === 0 ? true : undefined,
    );
  });
});
