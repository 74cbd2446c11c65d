// Original file: src/api/proto/oci_torrent.proto

import type { Image as _ocitorrent_v1_Image, Image__Output as _ocitorrent_v1_Image__Output } from '../../ocitorrent/v1/Image.ts';
import type { Finding as _ocitorrent_v1_Finding, Finding__Output as _ocitorrent_v1_Finding__Output } from '../../ocitorrent/v1/Finding.ts';
import type { LayerExplanation as _ocitorrent_v1_LayerExplanation, LayerExplanation__Output as _ocitorrent_v1_LayerExplanation__Output } from '../../ocitorrent/v1/LayerExplanation.ts';

export interface ExplainResponse {
  'image'?: (_ocitorrent_v1_Image | null);
  'findings'?: (_ocitorrent_v1_Finding)[];
  'layers'?: (_ocitorrent_v1_LayerExplanation)[];
}

export interface ExplainResponse__Output {
  'image': (_ocitorrent_v1_Image__Output | null);
  'findings': (_ocitorrent_v1_Finding__Output)[];
  'layers': (_ocitorrent_v1_LayerExplanation__Output)[];
}
