// Original file: src/api/proto/session.proto

import type { Long } from '@grpc/proto-loader';

export interface LayerProgress {
  'digest'?: (string);
  'completedBytes'?: (number | string | Long);
  'size'?: (number | string | Long);
  'registryBytes'?: (number | string | Long);
  'peerBytes'?: (number | string | Long);
  'localBytes'?: (number | string | Long);
}

export interface LayerProgress__Output {
  'digest': (string);
  'completedBytes': (number);
  'size': (number);
  'registryBytes': (number);
  'peerBytes': (number);
  'localBytes': (number);
}
