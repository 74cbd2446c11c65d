// Original file: src/api/proto/session.proto

import type { Long } from '@grpc/proto-loader';

export interface Lease {
  'digest'?: (string);
  'generation'?: (number | string | Long);
  'fromPiece'?: (number);
  'repository'?: (string);
}

export interface Lease__Output {
  'digest': (string);
  'generation': (number);
  'fromPiece': (number);
  'repository': (string);
}
