// Original file: src/api/proto/runtime.proto


export interface MirrorAccess {
  'address'?: (string);
  'username'?: (string);
  'password'?: (string);
}

export interface MirrorAccess__Output {
  'address': (string);
  'username': (string);
  'password': (string);
}
