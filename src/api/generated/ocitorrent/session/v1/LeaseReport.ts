// Original file: src/api/proto/session.proto

import type { Long } from '@grpc/proto-loader';

export interface LeaseReport {
  'digest'?: (string);
  'generation'?: (number | string | Long);
  'frontier'?: (number);
  'registryBytes'?: (number | string | Long);
  'reason'?: (string);
  'message'?: (string);
}

export interface LeaseReport__Output {
  'digest': (string);
  'generation': (number);
  'frontier': (number);
  'registryBytes': (number);
  'reason': (string);
  'message': (string);
}
