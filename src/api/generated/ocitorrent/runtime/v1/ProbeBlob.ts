// Original file: src/api/proto/runtime.proto

import type { ImportedBlob as _ocitorrent_runtime_v1_ImportedBlob, ImportedBlob__Output as _ocitorrent_runtime_v1_ImportedBlob__Output } from '../../../ocitorrent/runtime/v1/ImportedBlob.ts';

export interface ProbeBlob {
  'blob'?: (_ocitorrent_runtime_v1_ImportedBlob | null);
  'data'?: (Buffer | Uint8Array | string);
}

export interface ProbeBlob__Output {
  'blob': (_ocitorrent_runtime_v1_ImportedBlob__Output | null);
  'data': (Buffer);
}
