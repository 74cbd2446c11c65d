/** What stands in the place of a secret. */
export const REDACTED = "[redacted]";

// Longer texts are named by their size alone: every pattern below is tried on the whole text.
const MAX_TEXT_LENGTH = 16 * 1024;

const SECRET_NAME = "token|passw(?:or)?d|passphrase|secret|auth|credentials?|cookie|authorization";
const SECRET_KEY = new RegExp(`(?:${SECRET_NAME}|private_?key)s?$`, "i");

/** Whether the value under this key is a secret, whatever it looks like. */
export const isSecretKey = (key: string): boolean => SECRET_KEY.test(key);

type Rule = (text: string) => string;

const rules: readonly Rule[] = [
  privateKeys,
  urlUserinfo,
  headers,
  namedValues,
  authorizationSchemes,
  queryValues,
  webTokens,
  encodedCredentials,
];

/** The text with everything that looks like a secret replaced. */
export function redactText(text: string): string {
  if (text.length > MAX_TEXT_LENGTH) return `[${text.length} characters left out]`;
  return rules.reduce((redacted, rule) => rule(redacted), text);
}

function privateKeys(text: string): string {
  return text.replace(/(-----BEGIN [A-Z ]*PRIVATE KEY-----)[^-]*/g, `$1${REDACTED}`);
}

/** `https://user:password@host` */
function urlUserinfo(text: string): string {
  return text.replace(/:\/\/[^\s/?#]*@/g, `://${REDACTED}@`);
}

/** A header takes the rest of its line: what follows may be a part of its value. */
function headers(text: string): string {
  return text.replace(
    /(authorization|cookie)(\\*["']\s*,\s*|\\*["']?\s*[:=]\s*)[^\r\n]+/gi,
    (_, name: string, between: string) => `${name}${between}${REDACTED}`,
  );
}

const QUOTED = String.raw`\\*"(?:[^"\\]|\\[^"]){0,4096}\\*"|\\*'[^']{0,4096}'`;
const NAMED_VALUE = new RegExp(
  String.raw`(${SECRET_NAME})(\\*["']?\s*=>?\s*|\\*["']\s*:\s*|:)(${QUOTED}|[^\s,;&"'}\]]+)`,
  "gi",
);
// "could not get a token: 401" is no secret, "password: hunter2" and "token: ghp_16C7e42F292c69" are.
const SPACED_VALUE =
  /(passw(?:or)?d|passphrase|secret)(:\s+)(\S+)|(token|auth)(:\s+)([\w.~+/=-]{16,})/gi;

/** `password=x`, `"auth": "x"`, `{\"token\":\"x\"}`, `password: x` */
function namedValues(text: string): string {
  return text
    .replace(NAMED_VALUE, (_, name: string, between: string) => `${name}${between}${REDACTED}`)
    .replace(SPACED_VALUE, (_, a = "", b = "", _value, c = "", d = "") => {
      return `${a}${b}${c}${d}${REDACTED}`;
    });
}

/** `Bearer x` and `Basic x` without their header's name. */
function authorizationSchemes(text: string): string {
  return text.replace(
    /\b(Bearer|Basic)\s+(?!auth|realm|challenge|credential|token\b)[\w.~+/=-]{4,}/gi,
    (_, scheme: string) => `${scheme} ${REDACTED}`,
  );
}

/** Signed URLs of object stores and token requests carry secrets in their query; `ns` names a registry. */
function queryValues(text: string): string {
  return text.replace(/([?&])([^=&\s#"'<>?]{1,256})=([^&\s#"'<>]+)/g, (all, mark, key) =>
    key === "ns" ? all : `${mark}${key}=${REDACTED}`,
  );
}

/** Three parts of base64url, the first of which is a JSON object. */
function webTokens(text: string): string {
  return text.replace(/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, REDACTED);
}

/** Base64 of `user:password` or of a whole docker config, which no key gives away. */
function encodedCredentials(text: string): string {
  return text.replace(/[A-Za-z0-9+/_-]{8,}={0,2}/g, (run) => {
    const decoded = Buffer.from(run, "base64").toString("latin1");
    return /^[\x20-\x7e\s]+$/.test(decoded) && decoded.includes(":") ? REDACTED : run;
  });
}
