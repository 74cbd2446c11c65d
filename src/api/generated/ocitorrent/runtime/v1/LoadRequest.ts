// Original file: src/api/proto/runtime.proto

import type { NamedImage as _ocitorrent_runtime_v1_NamedImage, NamedImage__Output as _ocitorrent_runtime_v1_NamedImage__Output } from '../../../ocitorrent/runtime/v1/NamedImage.ts';
import type { MirrorAccess as _ocitorrent_runtime_v1_MirrorAccess, MirrorAccess__Output as _ocitorrent_runtime_v1_MirrorAccess__Output } from '../../../ocitorrent/runtime/v1/MirrorAccess.ts';

export interface LoadRequest {
  'image'?: (_ocitorrent_runtime_v1_NamedImage | null);
  'mirror'?: (_ocitorrent_runtime_v1_MirrorAccess | null);
  'pin'?: (boolean);
}

export interface LoadRequest__Output {
  'image': (_ocitorrent_runtime_v1_NamedImage__Output | null);
  'mirror': (_ocitorrent_runtime_v1_MirrorAccess__Output | null);
  'pin': (boolean);
}
