// Original file: src/api/proto/session.proto


export interface Release {
  'key'?: (string);
  'retainSeconds'?: (number);
}

export interface Release__Output {
  'key': (string);
  'retainSeconds': (number);
}
