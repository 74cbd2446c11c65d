// Original file: src/api/proto/oci_torrent.proto

import type { Platform as _ocitorrent_v1_Platform, Platform__Output as _ocitorrent_v1_Platform__Output } from '../../ocitorrent/v1/Platform.ts';

export interface ResolveRequest {
  'reference'?: (string);
  'waitSeconds'?: (number);
  'platforms'?: (_ocitorrent_v1_Platform)[];
  'allPlatforms'?: (boolean);
}

export interface ResolveRequest__Output {
  'reference': (string);
  'waitSeconds': (number);
  'platforms': (_ocitorrent_v1_Platform__Output)[];
  'allPlatforms': (boolean);
}
