// Original file: src/api/proto/session.proto

import type { BasicLogin as _ocitorrent_session_v1_BasicLogin, BasicLogin__Output as _ocitorrent_session_v1_BasicLogin__Output } from '../../../ocitorrent/session/v1/BasicLogin.ts';
import type { Long } from '@grpc/proto-loader';

export interface Credential {
  'host'?: (string);
  'repository'?: (string);
  'bearerToken'?: (string);
  'basic'?: (_ocitorrent_session_v1_BasicLogin | null);
  'expiresAtMs'?: (number | string | Long);
  'secret'?: "bearerToken"|"basic";
}

export interface Credential__Output {
  'host': (string);
  'repository': (string);
  'bearerToken'?: (string);
  'basic'?: (_ocitorrent_session_v1_BasicLogin__Output | null);
  'expiresAtMs': (number);
  'secret'?: "bearerToken"|"basic";
}
