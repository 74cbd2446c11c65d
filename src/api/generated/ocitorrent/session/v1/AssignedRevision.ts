// Original file: src/api/proto/session.proto


export interface AssignedRevision {
  'key'?: (string);
  'revision'?: (string);
}

export interface AssignedRevision__Output {
  'key': (string);
  'revision': (string);
}
