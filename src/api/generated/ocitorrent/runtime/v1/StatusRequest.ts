// Original file: src/api/proto/runtime.proto

import type { Probe as _ocitorrent_runtime_v1_Probe, Probe__Output as _ocitorrent_runtime_v1_Probe__Output } from '../../../ocitorrent/runtime/v1/Probe.ts';
import type { NamedImage as _ocitorrent_runtime_v1_NamedImage, NamedImage__Output as _ocitorrent_runtime_v1_NamedImage__Output } from '../../../ocitorrent/runtime/v1/NamedImage.ts';

export interface StatusRequest {
  'probe'?: (_ocitorrent_runtime_v1_Probe | null);
  'images'?: (_ocitorrent_runtime_v1_NamedImage)[];
}

export interface StatusRequest__Output {
  'probe': (_ocitorrent_runtime_v1_Probe__Output | null);
  'images': (_ocitorrent_runtime_v1_NamedImage__Output)[];
}
