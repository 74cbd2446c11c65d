// Original file: src/api/proto/runtime.proto

import type { ImportedImage as _ocitorrent_runtime_v1_ImportedImage, ImportedImage__Output as _ocitorrent_runtime_v1_ImportedImage__Output } from '../../../ocitorrent/runtime/v1/ImportedImage.ts';
import type { ImportedBlob as _ocitorrent_runtime_v1_ImportedBlob, ImportedBlob__Output as _ocitorrent_runtime_v1_ImportedBlob__Output } from '../../../ocitorrent/runtime/v1/ImportedBlob.ts';

export interface ImportRequest {
  'image'?: (_ocitorrent_runtime_v1_ImportedImage | null);
  'blob'?: (_ocitorrent_runtime_v1_ImportedBlob | null);
  'data'?: (Buffer | Uint8Array | string);
  'part'?: "image"|"blob"|"data";
}

export interface ImportRequest__Output {
  'image'?: (_ocitorrent_runtime_v1_ImportedImage__Output | null);
  'blob'?: (_ocitorrent_runtime_v1_ImportedBlob__Output | null);
  'data'?: (Buffer);
  'part'?: "image"|"blob"|"data";
}
