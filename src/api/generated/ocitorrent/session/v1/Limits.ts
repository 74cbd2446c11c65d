// Original file: src/api/proto/session.proto

import type { Rates as _ocitorrent_session_v1_Rates, Rates__Output as _ocitorrent_session_v1_Rates__Output } from '../../../ocitorrent/session/v1/Rates.ts';

export interface Limits {
  'key'?: (string);
  'rates'?: (_ocitorrent_session_v1_Rates | null);
  'priority'?: (number);
  'retainSeconds'?: (number);
}

export interface Limits__Output {
  'key': (string);
  'rates': (_ocitorrent_session_v1_Rates__Output | null);
  'priority': (number);
  'retainSeconds': (number);
}
