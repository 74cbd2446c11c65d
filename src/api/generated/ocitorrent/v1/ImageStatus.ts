// Original file: src/api/proto/oci_torrent.proto

import type { Image as _ocitorrent_v1_Image, Image__Output as _ocitorrent_v1_Image__Output } from '../../ocitorrent/v1/Image.ts';
import type { LayerStatus as _ocitorrent_v1_LayerStatus, LayerStatus__Output as _ocitorrent_v1_LayerStatus__Output } from '../../ocitorrent/v1/LayerStatus.ts';
import type { Totals as _ocitorrent_v1_Totals, Totals__Output as _ocitorrent_v1_Totals__Output } from '../../ocitorrent/v1/Totals.ts';

export interface ImageStatus {
  'image'?: (_ocitorrent_v1_Image | null);
  'reason'?: (string);
  'message'?: (string);
  'layers'?: (_ocitorrent_v1_LayerStatus)[];
  'totals'?: (_ocitorrent_v1_Totals | null);
}

export interface ImageStatus__Output {
  'image': (_ocitorrent_v1_Image__Output | null);
  'reason': (string);
  'message': (string);
  'layers': (_ocitorrent_v1_LayerStatus__Output)[];
  'totals': (_ocitorrent_v1_Totals__Output | null);
}
