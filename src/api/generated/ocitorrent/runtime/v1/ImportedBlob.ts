// Original file: src/api/proto/runtime.proto

import type { Long } from '@grpc/proto-loader';

export interface ImportedBlob {
  'digest'?: (string);
  'size'?: (number | string | Long);
  'mediaType'?: (string);
}

export interface ImportedBlob__Output {
  'digest': (string);
  'size': (number);
  'mediaType': (string);
}
