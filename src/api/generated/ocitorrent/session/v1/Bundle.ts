// Original file: src/api/proto/session.proto


export interface Bundle {
  'certificates'?: (string);
}

export interface Bundle__Output {
  'certificates': (string);
}
