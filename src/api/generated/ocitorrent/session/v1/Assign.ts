// Original file: src/api/proto/session.proto

import type { Blob as _ocitorrent_session_v1_Blob, Blob__Output as _ocitorrent_session_v1_Blob__Output } from '../../../ocitorrent/session/v1/Blob.ts';
import type { Rates as _ocitorrent_session_v1_Rates, Rates__Output as _ocitorrent_session_v1_Rates__Output } from '../../../ocitorrent/session/v1/Rates.ts';

export interface Assign {
  'key'?: (string);
  'revision'?: (string);
  'reference'?: (string);
  'digest'?: (string);
  'platform'?: (string);
  'role'?: (string);
  'load'?: (string);
  'priority'?: (number);
  'blobs'?: (_ocitorrent_session_v1_Blob)[];
  'index'?: (Buffer | Uint8Array | string);
  'manifest'?: (Buffer | Uint8Array | string);
  'config'?: (Buffer | Uint8Array | string);
  'rates'?: (_ocitorrent_session_v1_Rates | null);
  'retainSeconds'?: (number);
  'pin'?: (string);
}

export interface Assign__Output {
  'key': (string);
  'revision': (string);
  'reference': (string);
  'digest': (string);
  'platform': (string);
  'role': (string);
  'load': (string);
  'priority': (number);
  'blobs': (_ocitorrent_session_v1_Blob__Output)[];
  'index': (Buffer);
  'manifest': (Buffer);
  'config': (Buffer);
  'rates': (_ocitorrent_session_v1_Rates__Output | null);
  'retainSeconds': (number);
  'pin': (string);
}
