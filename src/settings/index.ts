export {
  addressKind,
  apiServerKind,
  type HostPort,
  hostPortKind,
  hostPortOrOffKind,
  ipAddressKind,
  isWildcard,
  registryHostKind,
  remoteAddressKind,
  trackerUrlKind,
} from "./network-kinds.ts";
export { MAX_CONFIG_FILE_BYTES, readConfigBytes } from "./read-file.ts";
export {
  type Registries,
  type RegistriesConfig,
  type RegistryEndpointConfig,
  readRegistries,
} from "./registries.ts";
export {
  booleanKind,
  logLevelKind,
  oneOfKind,
  pathKind,
  printable,
  quote,
  ValueError,
  type ValueKind,
  wordKind,
} from "./value-kinds.ts";
export { isTree, readYaml, YamlError, type YamlTree, type YamlValue } from "./yaml.ts";
export { unknownKey, whyNotBoolean, whyNotNumber, whyNotText } from "./yaml-complaints.ts";
