// Original file: src/api/proto/runtime.proto

import type { LoadMethod as _ocitorrent_runtime_v1_LoadMethod, LoadMethod__Output as _ocitorrent_runtime_v1_LoadMethod__Output } from '../../../ocitorrent/runtime/v1/LoadMethod.ts';

export interface Runtime {
  'name'?: (string);
  'version'?: (string);
  'loadMethod'?: (_ocitorrent_runtime_v1_LoadMethod);
  'namesTags'?: (boolean);
  'canPin'?: (boolean);
  'reason'?: (string);
  'message'?: (string);
}

export interface Runtime__Output {
  'name': (string);
  'version': (string);
  'loadMethod': (_ocitorrent_runtime_v1_LoadMethod__Output);
  'namesTags': (boolean);
  'canPin': (boolean);
  'reason': (string);
  'message': (string);
}
