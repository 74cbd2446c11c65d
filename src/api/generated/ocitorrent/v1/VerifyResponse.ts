// Original file: src/api/proto/oci_torrent.proto

import type { VerifyResult as _ocitorrent_v1_VerifyResult, VerifyResult__Output as _ocitorrent_v1_VerifyResult__Output } from '../../ocitorrent/v1/VerifyResult.ts';
import type { Long } from '@grpc/proto-loader';

export interface VerifyResponse {
  'digest'?: (string);
  'size'?: (number | string | Long);
  'result'?: (_ocitorrent_v1_VerifyResult);
}

export interface VerifyResponse__Output {
  'digest': (string);
  'size': (number);
  'result': (_ocitorrent_v1_VerifyResult__Output);
}
