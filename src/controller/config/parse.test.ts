import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ControllerConfig, parseCommandLine } from "./parse.ts";
import { settingNames, settingOf } from "./settings.ts";

type Around = {
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
};

const DEFAULT_FILE = "/etc/oci-torrent/controller.yaml";

const POD = { KUBERNETES_SERVICE_HOST: "10.9.9.9" };

const request = (line: string, { env = { POD_IP: "10.0.0.1" }, files = {} }: Around = {}) =>
  parseCommandLine(line.split(" ").filter(Boolean), {
    env: { ...POD, ...env },
    cwd: "/home/op",
    readFile: (path) => {
      const text = files[path];
      return text === undefined ? undefined : Buffer.from(text);
    },
  });

function config(line: string, around?: Around): ControllerConfig {
  const parsed = request(line, around);
  assert.ok(parsed.kind === "controller", JSON.stringify(parsed));
  return parsed.config;
}

function problems(line: string, around?: Around): readonly string[] {
  const parsed = request(line, around);
  assert.ok(parsed.kind === "usage", JSON.stringify(parsed));
  return parsed.problems;
}

describe("the configuration of a controller", () => {
  it("needs nothing but its address", () => {
    const { endpoints, ...rest } = config("");
    assert.equal(endpoints.size, 0);
    assert.deepEqual(rest, {
      logLevel: "info",
      namespace: "oci-torrent",
      address: "10.0.0.1",
      sessionListen: { host: "0.0.0.0", port: 7443 },
      trackerListen: { host: "0.0.0.0", port: 6882 },
      metricsListen: { host: "0.0.0.0", port: 8080 },
      trustDomain: "cluster.local",
      largestImageBytes: 100 * 2 ** 30,
      nodeCondition: false,
    });
  });

  it("takes flags before the environment, that before the file, that before the pod", () => {
    const files = { [DEFAULT_FILE]: "namespace: file\ntrustDomain: file\nadvertise: 10.0.0.2\n" };
    const env = {
      OCI_TORRENT_NAMESPACE: "env",
      OCI_TORRENT_TRUST_DOMAIN: "env",
      POD_IP: "10.0.0.1",
    };
    const { namespace, trustDomain, address } = config("--namespace flag", { env, files });
    assert.deepEqual([namespace, trustDomain, address], ["flag", "env", "10.0.0.2"]);
  });

  it("says which servers are asked for a registry", () => {
    const files = {
      "/home/op/c.yaml":
        "registries:\n  docker.io:\n    - url: https://mirror.example\n      caFile: ca.pem\n",
      "/home/op/ca.pem": "-----BEGIN CERTIFICATE-----",
    };
    const { endpoints } = config("--config c.yaml --insecure-registry a:5000", { files });
    const [mirror] = endpoints.get("docker.io") ?? [];
    assert.deepEqual(
      [mirror?.url.href, mirror?.ca],
      ["https://mirror.example/", "-----BEGIN CERTIFICATE-----"],
    );
    assert.equal(endpoints.get("a:5000")?.[1]?.url.href, "http://a:5000/");
  });

  it("reads switches and spellings as people write them", () => {
    assert.equal(config("--debug").logLevel, "debug");
    assert.equal(config("--debug=false").logLevel, "info");
    assert.equal(config("--metrics-listen=off").metricsListen, undefined);
    assert.equal(config("--kubeconfig k").kubeconfig, "/home/op/k");
    assert.equal(config("--largest-image-bytes 1Mi").largestImageBytes, 2 ** 20);
    assert.equal(config("--node-condition").nodeCondition, true);
  });

  it("says everything that is wrong at once, a sentence each", () => {
    const files = { [DEFAULT_FILE]: "nonsense: 1\ndebug: maybe\nregistries: []\n" };
    const env = { OCI_TORRENT_ADVERTISE: "here" };
    const line = "--trust-domian x --namespace A --session-listen --tracker-listen 1 extra";
    assert.deepEqual(problems(line, { env, files }), [
      'unknown flag "--trust-domian": did you mean --trust-domain?',
      'unexpected argument "x"',
      "--session-listen: no value: write --session-listen HOST:PORT",
      'unexpected argument "1"',
      'unexpected argument "extra"',
      '--namespace: "A" is not the name of a namespace',
      'OCI_TORRENT_ADVERTISE: "here" is not an IP address',
      `${DEFAULT_FILE}: nonsense: unknown key`,
      `${DEFAULT_FILE}: debug: "maybe" is neither true nor false`,
      `${DEFAULT_FILE}: registries: not a mapping: write HOST: and a list below it`,
    ]);
  });

  for (const [line, sentence] of [
    ["--namespace a --namespace b", "--namespace: given more than once"],
    ["--config nowhere.yaml", "/home/op/nowhere.yaml: there is no such file"],
    ["--advertise 0.0.0.0", '--advertise: "0.0.0.0" is every address: name one of this machine'],
    [
      "--largest-image-bytes 0",
      '--largest-image-bytes: "0" is no number of bytes: write for example 100Gi',
    ],
    [
      "--trust-domain A/b",
      '--trust-domain: "A/b" is not a trust domain: write for example cluster.local',
    ],
  ] as const) {
    it(`refuses ${line}`, () => assert.deepEqual(problems(line), [sentence]));
  }

  it("must be told where agents reach it", () => {
    const [problem = "", ...others] = problems("", { env: {} });
    assert.match(problem, /give --advertise IP, or set POD_IP/);
    assert.deepEqual(others, []);
    assert.deepEqual(problems("", { env: { POD_IP: "pod" } }), [
      'POD_IP: "pod" is not an IP address',
    ]);
  });

  it("must be told how to reach the API server where no pod is", () => {
    const env = { POD_IP: "10.0.0.1", KUBERNETES_SERVICE_HOST: "" };
    const [problem = "", ...others] = problems("", { env });
    assert.match(problem, /no pod: give --kubeconfig PATH/);
    assert.deepEqual(others, []);
    assert.equal(config("--kubeconfig /k", { env }).kubeconfig, "/k");
  });

  it("names a registry's authority that is not there", () => {
    const files = {
      [DEFAULT_FILE]:
        "registries:\n  a.example:\n    - url: https://a.example\n      caFile: /x.pem\n",
    };
    assert.deepEqual(problems("", { files }), ["caFile: there is no file /x.pem"]);
  });

  it("shows every flag in its help, in lines that fit", () => {
    const parsed = request("--help");
    assert.ok(parsed.kind === "help");
    for (const name of settingNames)
      assert.match(parsed.text, new RegExp(`--${settingOf(name).flag}`));
    assert.ok(parsed.text.split("\n").every((one) => one.length <= 100));
    assert.equal(request("--version").kind, "version");
  });
});
