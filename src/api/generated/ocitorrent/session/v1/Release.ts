// Original file: src/api/proto/session.proto


export interface Release {
  'key'?: (string);
}

export interface Release__Output {
  'key': (string);
}
