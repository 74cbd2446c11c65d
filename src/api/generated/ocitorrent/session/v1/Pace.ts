// Original file: src/api/proto/session.proto


export interface Pace {
  'statusSeconds'?: (number);
}

export interface Pace__Output {
  'statusSeconds': (number);
}
