// Original file: src/api/proto/oci_torrent.proto

import type { Long } from '@grpc/proto-loader';

export interface Totals {
  'layers'?: (number);
  'totalBytes'?: (number | string | Long);
  'registryBytes'?: (number | string | Long);
  'peerBytes'?: (number | string | Long);
  'localBytes'?: (number | string | Long);
  'resumedBytes'?: (number | string | Long);
}

export interface Totals__Output {
  'layers': (number);
  'totalBytes': (number);
  'registryBytes': (number);
  'peerBytes': (number);
  'localBytes': (number);
  'resumedBytes': (number);
}
