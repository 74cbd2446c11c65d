import type { DaemonDirectories } from "../../runtime/index.ts";
import { readYaml } from "../../settings/index.ts";
import { type Setting, settingNames, settingOf } from "./settings.ts";

const START = `# Configuration of oci-torrentd. Everything here is the default; null is "not set".
# Flags win over the environment (OCI_TORRENT_*), the environment over this file.
`;

const END = `
# Servers that are asked in a registry's stead, in this order: a corporate mirror, or a registry without TLS.
#
# registries:
#   docker.io:
#     - url: https://mirror.example.com/docker-hub
#       mirror: true             # asked before the registry itself, without its credentials
#       caFile: /etc/ssl/example.pem
#       sendsCredential: false
#       trustedHosts: []         # hosts it may redirect to though they are private
#   registry.example.com:5000:
#     - url: http://10.0.0.5:5000
#       insecure: true           # plain http, or a certificate that nobody checks
registries: {}
`;

/** A YAML file with every key, what it is for, and its default. */
export function defaultFile(directories: DaemonDirectories): string {
  const inFile = settingNames.map(settingOf).filter(({ yaml }) => yaml.length > 0);
  const sections = [...new Set(inFile.map(({ yaml: [first = ""] }) => first))];
  const blocks = sections.map((section) => {
    const members = inFile.filter(({ yaml }) => yaml[0] === section);
    const entries = members.map((setting) => entry(setting, directories)).join("\n");
    return members[0]?.yaml.length === 1 ? entries : `${section}:\n${indent(entries)}`;
  });
  return `${START}\n${blocks.join("\n\n")}\n${END}`;
}

function entry(setting: Setting<unknown>, directories: DaemonDirectories): string {
  const key = setting.yaml.at(-1);
  return `# ${setting.help}\n${key}: ${valueText(setting, setting.initial(directories))}`;
}

function valueText({ kind, repeatable }: Setting<unknown>, texts: readonly string[]): string {
  if (repeatable) return `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
  const [text] = texts;
  if (text === undefined) return "null";
  return meansItself(text, kind.yaml) ? text : JSON.stringify(text);
}

/** Whether a text may stand in YAML without quotes. */
function meansItself(text: string, wanted: Setting<unknown>["kind"]["yaml"]): boolean {
  if (!/^[\w./-]+(?::[\w./-]+)*$/.test(text)) return false;
  const value = readYaml(`key: ${text}`)["key"];
  return value === text || (wanted !== "text" && String(value) === text);
}

const indent = (text: string): string => text.replace(/^/gm, "  ");
