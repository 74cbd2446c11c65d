// Original file: src/api/proto/session.proto

import type { Long } from '@grpc/proto-loader';

export interface Coverage {
  'digest'?: (string);
  'generation'?: (number | string | Long);
  'pieceCount'?: (number);
  'pieces'?: (Buffer | Uint8Array | string);
  'size'?: (number | string | Long);
}

export interface Coverage__Output {
  'digest': (string);
  'generation': (number);
  'pieceCount': (number);
  'pieces': (Buffer);
  'size': (number);
}
