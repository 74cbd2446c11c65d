// Original file: src/api/proto/session.proto


export interface SignAgentResponse {
  'certificate'?: (string);
  'bundle'?: (string);
  'zone'?: (string);
}

export interface SignAgentResponse__Output {
  'certificate': (string);
  'bundle': (string);
  'zone': (string);
}
