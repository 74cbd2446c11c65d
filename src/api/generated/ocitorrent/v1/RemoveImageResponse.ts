// Original file: src/api/proto/oci_torrent.proto

import type { Long } from '@grpc/proto-loader';

export interface RemoveImageResponse {
  'freedBytes'?: (number | string | Long);
}

export interface RemoveImageResponse__Output {
  'freedBytes': (number);
}
