// Original file: src/api/proto/session.proto


export interface Peer {
  'node'?: (string);
  'address'?: (string);
}

export interface Peer__Output {
  'node': (string);
  'address': (string);
}
