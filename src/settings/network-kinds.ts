import { isIP } from "node:net";
import { type Address, AddressError, parseAddress } from "../api/index.ts";
import { quote, ValueError, type ValueKind } from "./value-kinds.ts";

export type HostPort = { readonly host: string; readonly port: number };

export const hostPortKind: ValueKind<HostPort> = {
  form: "HOST:PORT",
  yaml: "text",
  parse(text) {
    const address = /^[^/]*$/.test(text) ? addressFrom(`tcp://${text}`) : undefined;
    if (address?.kind === "tcp") return { host: address.host, port: address.port };
    throw new ValueError(`${quote(text)} is not HOST:PORT: write for example 0.0.0.0:6882`);
  },
};

export const hostPortOrOffKind: ValueKind<HostPort | undefined> = {
  form: "HOST:PORT|off",
  yaml: "text",
  parse: (text) => (text === "off" ? undefined : hostPortKind.parse(text)),
};

// The kernel's sockaddr_un holds 108 bytes with the closing zero.
const MAX_SOCKET_PATH_BYTES = 107;

export const addressKind: ValueKind<Address> = {
  form: "ADDRESS",
  yaml: "text",
  parse(text) {
    const address = addressFrom(text);
    if (address === undefined) {
      throw new ValueError(
        `${quote(text)} is not an address: write unix:///PATH or tcp://HOST:PORT`,
      );
    }
    if (
      address.kind === "unix" &&
      Buffer.byteLength(address.path, "utf8") > MAX_SOCKET_PATH_BYTES
    ) {
      throw new ValueError(
        `${quote(text)} is longer than the ${MAX_SOCKET_PATH_BYTES} bytes that a unix socket may have`,
      );
    }
    return address;
  },
};

/** An address to dial: it has a port. */
export const remoteAddressKind: ValueKind<Address> = {
  ...addressKind,
  parse(text) {
    const address = addressKind.parse(text);
    if (address.kind === "unix" || address.port > 0) return address;
    throw new ValueError(`${quote(text)} has no port to dial`);
  },
};

function addressFrom(text: string): Address | undefined {
  try {
    return parseAddress(text);
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}

export const trackerUrlKind: ValueKind<string> = {
  form: "URL",
  yaml: "text",
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.port === "0") {
      throw new ValueError(
        `${quote(text)} is not a tracker: write http://HOST:PORT/announce or https://HOST/announce`,
      );
    }
    if (url.username !== "" || url.password !== "") {
      throw new ValueError("a tracker's URL takes no user and password");
    }
    if (url.hash !== "") throw new ValueError(`${quote(text)} has a fragment, which says nothing`);
    return url.href;
  },
};

export const ipAddressKind: ValueKind<string> = {
  form: "IP",
  yaml: "text",
  parse(text) {
    if (isIP(text) === 0) throw new ValueError(`${quote(text)} is not an IP address`);
    if (!isWildcard(text)) return text;
    throw new ValueError(`${quote(text)} is every address: name one of this machine`);
  },
};

/** Whether a host stands for all addresses of the machine. */
export const isWildcard = (host: string): boolean => /^[0:.]+$/.test(host);

/** `HOST[:PORT]` as a reference names a registry, in lower case. */
export const registryHostKind: ValueKind<string> = {
  form: "HOST[:PORT]",
  yaml: "text",
  parse(text) {
    const host = text.toLowerCase();
    if (/^https?:\/\//.test(host)) {
      throw new ValueError(`${quote(text)} is a URL: write HOST or HOST:PORT alone`);
    }
    const match = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/.exec(
      host,
    );
    const port = Number(match?.[1] ?? 1);
    if (match !== null && host.length <= 255 && port >= 1 && port <= 65_535) return host;
    throw new ValueError(`${quote(text)} is not a registry host: write HOST or HOST:PORT`);
  },
};

export const apiServerKind: ValueKind<string> = {
  form: "URL",
  yaml: "text",
  parse(text) {
    const url = URL.parse(text);
    const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.username === "";
    if (isPlain && url.pathname === "/" && url.search === "") return url.origin;
    throw new ValueError(`${quote(text)} is not the URL of a server: write https://HOST:PORT`);
  },
};
