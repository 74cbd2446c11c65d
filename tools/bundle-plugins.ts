import { readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";
import protobuf from "protobufjs";

const LEFT_OUT = "oci-torrent-left-out";

/** Packages that must not be in a bundle, and what stands there instead. */
const leftOutPackages: Readonly<Record<string, "empty" | "throws">> = {
  // uTP, DHT, LSD and NAT traversal are off for good; webtorrent asks whether each is there.
  "utp-native": "empty",
  "bittorrent-dht": "empty",
  "bittorrent-lsd": "empty",
  "@silentbot1/nat-api": "empty",
  // Web seeds and torrents by URL: webtorrent is given neither.
  "cross-fetch-ponyfill": "empty",
  // Native add-ons and niceties whose users catch a failed require and do without.
  bufferutil: "throws",
  "utf-8-validate": "throws",
  "fs-native-extensions": "throws",
  "supports-color": "throws",
};

const escapeForRegExp = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** Puts nothing, or a failing require, in the place of packages that a bundle does without. */
export function leaveOut(): Plugin {
  const names = Object.keys(leftOutPackages).map(escapeForRegExp).join("|");
  return {
    name: "leave-out",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^(?:${names})$`) }, ({ path }) => ({
        path,
        namespace: LEFT_OUT,
      }));
      build.onLoad({ filter: /.*/, namespace: LEFT_OUT }, ({ path }) => ({
        contents:
          leftOutPackages[path] === "empty"
            ? "module.exports = {};"
            : `throw new Error(${JSON.stringify(`${path} is not in this bundle`)});`,
      }));
    },
  };
}

const LOAD_PROTO =
  /const protoPath = path\.join\(__dirname, '([^']+)'\);\s*const pkgDefinition = protoLoader\.loadSync\(protoPath, /;

/** gRPC reflection reads its .proto from beside its source, which a bundle has not: it gets the definitions as JSON. */
export function reflectionProtosAsJson(): Plugin {
  return {
    name: "reflection-protos-as-json",
    setup(build) {
      build.onLoad({ filter: /@grpc\/reflection\/.*\/reflection-v1(alpha)?\.js$/ }, ({ path }) => {
        const source = readFileSync(path, "utf8");
        const protoFile = LOAD_PROTO.exec(source)?.[1];
        if (protoFile === undefined) {
          return { errors: [{ text: `no longer loads its .proto as expected: ${path}` }] };
        }
        const root = protobuf.loadSync(join(dirname(path), protoFile));
        const json = JSON.stringify(root.toJSON());
        const load = `const pkgDefinition = protoLoader.fromJSON(${json}, `;
        return { contents: source.replace(LOAD_PROTO, () => load) };
      });
    },
  };
}

const USED_PARTS = "oci-torrent-used-parts";

/** Packages of which a bundle gets only what we use, joined as their own index joins it. */
const usedParts: Readonly<Record<string, string>> = {
  // The index loads a browser's fetch, WebSocket and caches too.
  undici: `
    import Dispatcher from "undici/lib/dispatcher/dispatcher.js";
    import api from "undici/lib/api/index.js";
    Object.assign(Dispatcher.prototype, api);
    export { default as Agent } from "undici/lib/dispatcher/agent.js";
    export { default as Pool } from "undici/lib/dispatcher/pool.js";
    export { default as ProxyAgent } from "undici/lib/dispatcher/proxy-agent.js";
    export { default as errors } from "undici/lib/core/errors.js";`,
  // A client of our own announces; webtorrent is told to bring none, and this one comes with WebRTC and SOCKS.
  "bittorrent-tracker": `
    export { default as Server } from "bittorrent-tracker/server";
    export const Client = undefined;`,
  // The index loads a class for every kind of object: what is ours reads a kubeconfig and how to be let in, no more.
  "@kubernetes/client-node": `
    export { KubeConfig } from "@kubernetes/client-node/dist/config.js";
    export { HttpMethod, RequestContext } from "@kubernetes/client-node/dist/gen/http/http.js";`,
};

/** The same for files of @kubernetes/client-node: a client of our own sends the requests. */
const usedPartsOfKubernetesClient: Readonly<Record<string, string>> = {
  "./gen/index.js":
    "export const createConfiguration = undefined; export const ServerConfiguration = undefined;",
  "./isomorphic-fetch.js": "",
};

/** A third less to read, to keep in memory and to run at every start. */
export function onlyUsedParts(): Plugin {
  const names = Object.keys(usedParts).map(escapeForRegExp).join("|");
  return {
    name: "only-used-parts",
    setup(build) {
      build.onResolve({ filter: new RegExp(`^(?:${names})$`) }, ({ path }) => ({
        path,
        namespace: USED_PARTS,
      }));
      build.onResolve(
        { filter: /^\.\/(?:gen\/index|isomorphic-fetch)\.js$/ },
        ({ path, importer }) =>
          importer.includes("@kubernetes/client-node")
            ? { path, namespace: USED_PARTS }
            : undefined,
      );
      // Of what is joined, a bundle without users of a file does without the file.
      build.onResolve({ filter: /^undici\/lib\/dispatcher\// }, async ({ path, ...how }) => {
        if (how.namespace !== USED_PARTS || how.pluginData === USED_PARTS) return undefined;
        const { kind, importer, resolveDir } = how;
        const found = await build.resolve(path, {
          ...{ kind, importer, resolveDir, namespace: USED_PARTS, pluginData: USED_PARTS },
        });
        return { ...found, sideEffects: false };
      });
      build.onLoad({ filter: /.*/, namespace: USED_PARTS }, ({ path }) => ({
        contents: usedParts[path] ?? usedPartsOfKubernetesClient[path] ?? "",
        resolveDir: import.meta.dirname,
      }));
    },
  };
}

const BUILTIN = "oci-torrent-builtin";

/**
 * Turns imports of Node's modules into requires. An import reads every export of the module at once, and some of node:http's
 * load a whole HTTP client of Node's own when they are read: 30 ms of a start.
 */
export function requireBuiltins(): Plugin {
  return {
    name: "require-builtins",
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, kind }) =>
        kind === "import-statement" && isBuiltin(path) ? { path, namespace: BUILTIN } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: BUILTIN }, ({ path }) => ({
        contents: `module.exports = require(${JSON.stringify(path)});`,
      }));
    },
  };
}

/** The build fails when a bundle would look for a package at run time. */
export function refuseExternals(): Plugin {
  return {
    name: "refuse-externals",
    setup(build) {
      build.onEnd(({ metafile }) => {
        const imports = Object.values(metafile?.outputs ?? {}).flatMap((output) => output.imports);
        const packages = imports.filter(({ path, external }) => external && !isBuiltin(path));
        const names = [...new Set(packages.map(({ path }) => path))];
        return {
          errors: names.map((name) => ({ text: `would be looked for at run time: ${name}` })),
        };
      });
    },
  };
}
