// Original file: src/api/proto/session.proto

import type { Long } from '@grpc/proto-loader';

export interface Rates {
  'upload'?: (number | string | Long);
  'download'?: (number | string | Long);
}

export interface Rates__Output {
  'upload': (number);
  'download': (number);
}
