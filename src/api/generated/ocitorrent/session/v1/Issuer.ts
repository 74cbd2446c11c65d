// Original file: src/api/proto/session.proto

import type { Long } from '@grpc/proto-loader';

export interface Issuer {
  'digest'?: (string);
  'generation'?: (number | string | Long);
  'node'?: (string);
  'address'?: (string);
}

export interface Issuer__Output {
  'digest': (string);
  'generation': (number);
  'node': (string);
  'address': (string);
}
