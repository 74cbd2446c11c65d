import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_CONFIG_FILE_BYTES } from "../../settings/index.ts";
import { parseConfigFile } from "./config-file.ts";

const parse = (text: string | Uint8Array) =>
  parseConfigFile("c.yaml", typeof text === "string" ? Buffer.from(text) : text);

describe("a configuration file", () => {
  it("gives each key's texts, numbers and booleans as a flag would", () => {
    const { source, problems } = parse(`
debug: true
rootDir: "/data"
listen: [unix:///run/a.sock, "tcp://127.0.0.1:1"]
rates: { upload: 10, download: 10MiB/s }
bittorrent:
  seederAddresses: tcp://10.0.0.1:2
  port: 0
`);
    assert.deepEqual(problems, []);
    const texts = Object.fromEntries([...source].map(([name, given]) => [name, given.texts]));
    assert.deepEqual(texts, {
      debug: ["true"],
      rootDir: ["/data"],
      listen: ["unix:///run/a.sock", "tcp://127.0.0.1:1"],
      uploadRate: ["10"],
      downloadRate: ["10MiB/s"],
      seederAddresses: ["tcp://10.0.0.1:2"],
      btPort: ["0"],
    });
  });

  it("takes null, an empty list and an empty section for not set", () => {
    const { source, problems } = parse("pidfile: null\nrootDir:\nlisten: []\ntls:\nregistries:\n");
    assert.deepEqual([source.size, problems], [0, []]);
  });

  it("may be empty", () => {
    assert.deepEqual(parse("").problems, []);
    assert.deepEqual(parse("# nothing\n").problems, []);
  });

  it("may be 256 KiB large, but not more", () => {
    const sized = (bytes: number) => `# ${"x".repeat(bytes - 3)}\n`;
    assert.deepEqual(parse(sized(MAX_CONFIG_FILE_BYTES - 1)).problems, []);
    assert.deepEqual(parse(sized(MAX_CONFIG_FILE_BYTES)).problems, []);
    assert.deepEqual(parse(sized(MAX_CONFIG_FILE_BYTES + 1)).problems, [
      "c.yaml: it is larger than 256 KiB",
    ]);
  });

  const bomb = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`);
  const bad: Record<string, [string | Uint8Array, string]> = {
    "an unknown key": ["rootdir: /x", "c.yaml: rootdir: unknown key: did you mean rootDir?"],
    "an unknown key in a section": [
      "rates: {uplod: 1}",
      "c.yaml: rates.uplod: unknown key: did you mean rates.upload?",
    ],
    "a key of a section without its section": ["frobnicate: 1", "c.yaml: frobnicate: unknown key"],
    "a key with a line feed": ['"a\\nb": 1', "c.yaml: a\\u000ab: unknown key"],
    "a prototype": ["__proto__: {debug: true}", "c.yaml: __proto__: unknown key"],
    "a merge key": ["<<: {debug: true}", "c.yaml: <<: unknown key"],
    "a section that is none": [
      "rates: 10MB",
      "c.yaml: rates: not a section: write its keys indented below it",
    ],
    "yes for true": [
      "bittorrent: {seeder: yes}",
      "c.yaml: bittorrent.seeder: yes is a boolean only in old YAML: write true or false",
    ],
    "quoted true": ['debug: "true"', 'c.yaml: debug: "true" is neither true nor false'],
    "one for true": ["debug: 1", 'c.yaml: debug: "1" is neither true nor false'],
    "a list for a boolean": [
      "debug: [true]",
      "c.yaml: debug: a list where true or false is needed",
    ],
    "an octal port": [
      "bittorrent: {port: 0755}",
      "c.yaml: bittorrent.port: 0755 is an octal number: write it in decimal",
    ],
    "a new octal port": [
      "bittorrent: {port: 0o755}",
      "c.yaml: bittorrent.port: 0o755 is an octal number: write it in decimal",
    ],
    "a leading zero": [
      "bittorrent: {port: 0899}",
      "c.yaml: bittorrent.port: 0899 is a number with a leading zero: write it without",
    ],
    "a hexadecimal port": [
      "bittorrent: {port: 0x1F}",
      "c.yaml: bittorrent.port: 0x1F is a hexadecimal number: write it in decimal",
    ],
    "a boolean for a port": [
      "bittorrent: {port: true}",
      "c.yaml: bittorrent.port: true is a boolean where a number is needed",
    ],
    "a port of 65536": [
      "bittorrent: {port: 65536}",
      'c.yaml: bittorrent.port: "65536" is not a port: write a number from 0 to 65535',
    ],
    "an exponent": [
      "rates: {upload: 1e400}",
      "c.yaml: rates.upload: 1e400 is a number with an exponent: write it out",
    ],
    "no number": ["rates: {upload: .nan}", "c.yaml: rates.upload: .nan is no finite number"],
    "a negative rate": [
      "rates: {upload: -1}",
      'c.yaml: rates.upload: "-1" is negative: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
    ],
    "a huge number": [
      "rates: {upload: 10000000000000000}",
      "c.yaml: rates.upload: 10000000000000000 is a number too large to be read exactly",
    ],
    underscores: [
      "rates: {upload: 1_000}",
      "c.yaml: rates.upload: 1_000 is a number only in old YAML: write it without _",
    ],
    "a date for a path": [
      "rootDir: 2024-01-01",
      "c.yaml: rootDir: 2024-01-01 is a date: quote it if it is meant as text",
    ],
    "a number for a path": [
      "rootDir: 5",
      "c.yaml: rootDir: 5 is a number where text is needed: quote it",
    ],
    "base 60": [
      "metricsListen: 12:30",
      "c.yaml: metricsListen: 12:30 is a number of base 60 in old YAML: quote it if it is meant as text",
    ],
    "a mapping for a path": ["rootDir: {a: 1}", "c.yaml: rootDir: a mapping where text is needed"],
    "a list for one value": ["rootDir: [/a, /b]", "c.yaml: rootDir: a list where text is needed"],
    "nothing in a list": ["listen: [null]", "c.yaml: listen[0]: nothing where a value is needed"],
    "a bad value in a list": [
      "insecureRegistries: [a, http://b]",
      'c.yaml: insecureRegistries: "http://b" is a URL: write HOST or HOST:PORT alone',
    ],
    "an alias": [
      "a0: &a0 x\nrootDir: *a0",
      "c.yaml: line 2: aliases are refused: write the value out where it is used",
    ],
    "an alias bomb": [
      ["a0: &a0 [x]", ...bomb].join("\n"),
      "c.yaml: line 2: aliases are refused: write the value out where it is used",
    ],
    "deep nesting": [
      `a: ${"[".repeat(100_000)}`,
      "c.yaml: line 1: not readable as YAML: nesting exceeded maxDepth (16)",
    ],
    "a key twice": [
      "debug: true\ndebug: false",
      "c.yaml: line 2: not readable as YAML: duplicated mapping key",
    ],
    "a broken line": [
      "debug: true\n\trootDir: /x",
      "c.yaml: line 2: not readable as YAML: tab characters must not be used in indentation",
    ],
    "a tag of a language": [
      "a: !!js/function x",
      "c.yaml: line 1: not readable as YAML: unknown scalar tag !<tag:yaml.org,2002:js/function>",
    ],
    "two documents": [
      "debug: true\n---\ndebug: false",
      "c.yaml: it holds more than one YAML document",
    ],
    "a list at the top": ["- debug", "c.yaml: its top is no mapping: write KEY: VALUE lines"],
    "text at the top": ["debug", "c.yaml: its top is no mapping: write KEY: VALUE lines"],
    "bytes that are not UTF-8": [Buffer.from([0x61, 0x3a, 0xff]), "c.yaml: it is not UTF-8 text"],
    "a NUL": ["a: \0", "c.yaml: line 1: not readable as YAML: null byte is not allowed in input"],
  };
  for (const [what, [text, problem]] of Object.entries(bad)) {
    it(`refuses ${what}`, () => assert.deepEqual(parse(text).problems, [problem]));
  }

  it("tells every mistake at once", () => {
    const text = "rotDir: /x\ndebug: 1\nrates:\n  upload: -1\nregistries:\n  docker.io: []\n";
    assert.equal(parse(text).problems.length, 4);
  });
});

describe("the registries of a configuration file", () => {
  it("map a host to its endpoints", () => {
    const { registries, problems } = parse(`
registries:
  Docker.io:
    - url: https://mirror.example/docker-hub
      mirror: true
      caFile: /etc/ca.pem
      sendsCredential: true
      trustedHosts: [blobs.example:443]
    - url: http://127.0.0.1:5000
      insecure: true
  127.0.0.1:5001:
    - url: https://127.0.0.1:5001
`);
    assert.deepEqual(problems, []);
    assert.deepEqual(registries, {
      "docker.io": [
        {
          url: "https://mirror.example/docker-hub",
          mirror: true,
          caFile: "/etc/ca.pem",
          sendsCredential: true,
          trustedHosts: ["blobs.example:443"],
        },
        { url: "http://127.0.0.1:5000", insecure: true },
      ],
      "127.0.0.1:5001": [{ url: "https://127.0.0.1:5001" }],
    });
  });

  const bad: Record<string, [string, string]> = {
    "a list of hosts": [
      "[docker.io]",
      "c.yaml: registries: not a mapping: write HOST: and a list below it",
    ],
    "a host that is a URL": [
      "{'https://docker.io': [{url: https://a}]}",
      'c.yaml: registries.https://docker.io: "https://docker.io" is a URL: write HOST or HOST:PORT alone',
    ],
    "a host without endpoints": [
      "{docker.io: []}",
      "c.yaml: registries.docker.io: not a list of endpoints: write - url: https://HOST",
    ],
    "an endpoint that is only text": [
      "{docker.io: [https://a]}",
      "c.yaml: registries.docker.io[0]: not an endpoint: write - url: https://HOST",
    ],
    "an endpoint without a URL": [
      "{docker.io: [{mirror: true}]}",
      'c.yaml: registries.docker.io[0].url: "" is not a registry\'s URL: write https://HOST[:PORT]',
    ],
    "a URL of another kind": [
      "{docker.io: [{url: ftp://a}]}",
      'c.yaml: registries.docker.io[0].url: "ftp://a" is not a registry\'s URL: write https://HOST[:PORT]',
    ],
    "plain http that nobody allowed": [
      "{docker.io: [{url: http://127.0.0.1:5000}]}",
      "c.yaml: registries.docker.io[0].url: plain http: write https://, or set insecure: true beside it",
    ],
    "a URL with a password": [
      "{docker.io: [{url: https://u:hunter2@a}]}",
      "c.yaml: registries.docker.io[0].url: it has a user and password in it: log in with oci-torrent-ctr instead",
    ],
    "a URL with a query": [
      "{docker.io: [{url: 'https://a/?b=c'}]}",
      'c.yaml: registries.docker.io[0].url: "https://a/?b=[redacted]" has a query or a fragment, which says nothing',
    ],
    "an authority for what is not checked": [
      "{docker.io: [{url: https://a, insecure: true, caFile: /ca}]}",
      "c.yaml: registries.docker.io[0]: insecure checks no certificate, so caFile says nothing: keep one of them",
    ],
    "an unknown key": [
      "{docker.io: [{url: https://a, insecur: true}]}",
      "c.yaml: registries.docker.io[0].insecur: unknown key: did you mean insecure?",
    ],
    "yes for true": [
      "{docker.io: [{url: https://a, mirror: yes}]}",
      "c.yaml: registries.docker.io[0].mirror: yes is a boolean only in old YAML: write true or false",
    ],
    "a bad trusted host": [
      "{docker.io: [{url: https://a, trustedHosts: [a/b]}]}",
      'c.yaml: registries.docker.io[0].trustedHosts[0]: "a/b" is not a registry host: write HOST or HOST:PORT',
    ],
  };
  for (const [what, [section, problem]] of Object.entries(bad)) {
    it(`refuse ${what}`, () => {
      assert.deepEqual(parse(`registries: ${section}`).problems, [problem]);
    });
  }
});
