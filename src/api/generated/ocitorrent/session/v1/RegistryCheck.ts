// Original file: src/api/proto/session.proto


export interface RegistryCheck {
  'host'?: (string);
  'reachable'?: (boolean);
  'message'?: (string);
}

export interface RegistryCheck__Output {
  'host': (string);
  'reachable': (boolean);
  'message': (string);
}
