// Original file: src/api/proto/session.proto


export interface SignAgentRequest {
  'node'?: (string);
  'csr'?: (Buffer | Uint8Array | string);
}

export interface SignAgentRequest__Output {
  'node': (string);
  'csr': (Buffer);
}
