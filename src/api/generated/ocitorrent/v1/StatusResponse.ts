// Original file: src/api/proto/oci_torrent.proto

import type { ImageStatus as _ocitorrent_v1_ImageStatus, ImageStatus__Output as _ocitorrent_v1_ImageStatus__Output } from '../../ocitorrent/v1/ImageStatus.ts';

export interface StatusResponse {
  'images'?: (_ocitorrent_v1_ImageStatus)[];
}

export interface StatusResponse__Output {
  'images': (_ocitorrent_v1_ImageStatus__Output)[];
}
