// Original file: src/api/proto/session.proto

import type { Long } from '@grpc/proto-loader';

export interface Store {
  'capacityBytes'?: (number | string | Long);
  'usedBytes'?: (number | string | Long);
  'freeBytes'?: (number | string | Long);
  'reservedBytes'?: (number | string | Long);
}

export interface Store__Output {
  'capacityBytes': (number);
  'usedBytes': (number);
  'freeBytes': (number);
  'reservedBytes': (number);
}
