// Original file: src/api/proto/runtime.proto


export interface NamedImage {
  'digest'?: (string);
  'names'?: (string)[];
}

export interface NamedImage__Output {
  'digest': (string);
  'names': (string)[];
}
