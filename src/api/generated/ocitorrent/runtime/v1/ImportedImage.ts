// Original file: src/api/proto/runtime.proto

import type { NamedImage as _ocitorrent_runtime_v1_NamedImage, NamedImage__Output as _ocitorrent_runtime_v1_NamedImage__Output } from '../../../ocitorrent/runtime/v1/NamedImage.ts';

export interface ImportedImage {
  'image'?: (_ocitorrent_runtime_v1_NamedImage | null);
  'pin'?: (boolean);
}

export interface ImportedImage__Output {
  'image': (_ocitorrent_runtime_v1_NamedImage__Output | null);
  'pin': (boolean);
}
