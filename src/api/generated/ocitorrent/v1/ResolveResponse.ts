// Original file: src/api/proto/oci_torrent.proto

import type { Platform as _ocitorrent_v1_Platform, Platform__Output as _ocitorrent_v1_Platform__Output } from '../../ocitorrent/v1/Platform.ts';
import type { Long } from '@grpc/proto-loader';

export interface ResolveResponse {
  'reference'?: (string);
  'digest'?: (string);
  'mediaType'?: (string);
  'size'?: (number | string | Long);
  'platforms'?: (_ocitorrent_v1_Platform)[];
  'trackers'?: (string)[];
  'cutThrough'?: (boolean);
}

export interface ResolveResponse__Output {
  'reference': (string);
  'digest': (string);
  'mediaType': (string);
  'size': (number);
  'platforms': (_ocitorrent_v1_Platform__Output)[];
  'trackers': (string)[];
  'cutThrough': (boolean);
}
