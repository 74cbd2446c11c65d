// Original file: src/api/proto/oci_torrent.proto

import type { Image as _ocitorrent_v1_Image, Image__Output as _ocitorrent_v1_Image__Output } from '../../ocitorrent/v1/Image.ts';

export interface ListImagesResponse {
  'images'?: (_ocitorrent_v1_Image)[];
}

export interface ListImagesResponse__Output {
  'images': (_ocitorrent_v1_Image__Output)[];
}
