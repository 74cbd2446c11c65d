// Original file: src/api/proto/session.proto

import type { Long } from '@grpc/proto-loader';

export interface HeldBlob {
  'digest'?: (string);
  'size'?: (number | string | Long);
}

export interface HeldBlob__Output {
  'digest': (string);
  'size': (number);
}
