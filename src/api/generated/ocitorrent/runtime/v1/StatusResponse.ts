// Original file: src/api/proto/runtime.proto

import type { Runtime as _ocitorrent_runtime_v1_Runtime, Runtime__Output as _ocitorrent_runtime_v1_Runtime__Output } from '../../../ocitorrent/runtime/v1/Runtime.ts';
import type { NamedImage as _ocitorrent_runtime_v1_NamedImage, NamedImage__Output as _ocitorrent_runtime_v1_NamedImage__Output } from '../../../ocitorrent/runtime/v1/NamedImage.ts';

export interface StatusResponse {
  'runtime'?: (_ocitorrent_runtime_v1_Runtime | null);
  'held'?: (boolean)[];
  'pinned'?: (_ocitorrent_runtime_v1_NamedImage)[];
}

export interface StatusResponse__Output {
  'runtime': (_ocitorrent_runtime_v1_Runtime__Output | null);
  'held': (boolean)[];
  'pinned': (_ocitorrent_runtime_v1_NamedImage__Output)[];
}
