// Original file: src/api/proto/session.proto

import type { Long } from '@grpc/proto-loader';

export interface Blob {
  'digest'?: (string);
  'size'?: (number | string | Long);
  'mediaType'?: (string);
  'rank'?: (number);
}

export interface Blob__Output {
  'digest': (string);
  'size': (number);
  'mediaType': (string);
  'rank': (number);
}
