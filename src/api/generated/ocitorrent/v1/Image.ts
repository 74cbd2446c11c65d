// Original file: src/api/proto/oci_torrent.proto

import type { ImageState as _ocitorrent_v1_ImageState, ImageState__Output as _ocitorrent_v1_ImageState__Output } from '../../ocitorrent/v1/ImageState.ts';
import type { Long } from '@grpc/proto-loader';

export interface Image {
  'reference'?: (string);
  'digest'?: (string);
  'size'?: (number | string | Long);
  'layers'?: (number);
  'state'?: (_ocitorrent_v1_ImageState);
}

export interface Image__Output {
  'reference': (string);
  'digest': (string);
  'size': (number);
  'layers': (number);
  'state': (_ocitorrent_v1_ImageState__Output);
}
