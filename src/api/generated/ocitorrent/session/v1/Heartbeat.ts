// Original file: src/api/proto/session.proto

import type { Store as _ocitorrent_session_v1_Store, Store__Output as _ocitorrent_session_v1_Store__Output } from '../../../ocitorrent/session/v1/Store.ts';

export interface Heartbeat {
  'store'?: (_ocitorrent_session_v1_Store | null);
}

export interface Heartbeat__Output {
  'store': (_ocitorrent_session_v1_Store__Output | null);
}
