// Original file: src/api/proto/runtime.proto

import type { MirrorAccess as _ocitorrent_runtime_v1_MirrorAccess, MirrorAccess__Output as _ocitorrent_runtime_v1_MirrorAccess__Output } from '../../../ocitorrent/runtime/v1/MirrorAccess.ts';
import type { ProbeBlob as _ocitorrent_runtime_v1_ProbeBlob, ProbeBlob__Output as _ocitorrent_runtime_v1_ProbeBlob__Output } from '../../../ocitorrent/runtime/v1/ProbeBlob.ts';

export interface Probe {
  'digest'?: (string);
  'mirror'?: (_ocitorrent_runtime_v1_MirrorAccess | null);
  'blobs'?: (_ocitorrent_runtime_v1_ProbeBlob)[];
}

export interface Probe__Output {
  'digest': (string);
  'mirror': (_ocitorrent_runtime_v1_MirrorAccess__Output | null);
  'blobs': (_ocitorrent_runtime_v1_ProbeBlob__Output)[];
}
