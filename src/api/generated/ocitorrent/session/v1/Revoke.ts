// Original file: src/api/proto/session.proto

import type { Long } from '@grpc/proto-loader';

export interface Revoke {
  'digest'?: (string);
  'generation'?: (number | string | Long);
}

export interface Revoke__Output {
  'digest': (string);
  'generation': (number);
}
