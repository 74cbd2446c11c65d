// Original file: src/api/proto/session.proto

import type { Store as _ocitorrent_session_v1_Store, Store__Output as _ocitorrent_session_v1_Store__Output } from '../../../ocitorrent/session/v1/Store.ts';
import type { HeldBlob as _ocitorrent_session_v1_HeldBlob, HeldBlob__Output as _ocitorrent_session_v1_HeldBlob__Output } from '../../../ocitorrent/session/v1/HeldBlob.ts';
import type { AssignedRevision as _ocitorrent_session_v1_AssignedRevision, AssignedRevision__Output as _ocitorrent_session_v1_AssignedRevision__Output } from '../../../ocitorrent/session/v1/AssignedRevision.ts';
import type { Long } from '@grpc/proto-loader';

export interface Hello {
  'node'?: (string);
  'podUid'?: (string);
  'version'?: (string);
  'epoch'?: (number | string | Long);
  'addresses'?: (string)[];
  'peerPort'?: (number);
  'grpcPort'?: (number);
  'store'?: (_ocitorrent_session_v1_Store | null);
  'held'?: (_ocitorrent_session_v1_HeldBlob)[];
  'assigned'?: (_ocitorrent_session_v1_AssignedRevision)[];
}

export interface Hello__Output {
  'node': (string);
  'podUid': (string);
  'version': (string);
  'epoch': (number);
  'addresses': (string)[];
  'peerPort': (number);
  'grpcPort': (number);
  'store': (_ocitorrent_session_v1_Store__Output | null);
  'held': (_ocitorrent_session_v1_HeldBlob__Output)[];
  'assigned': (_ocitorrent_session_v1_AssignedRevision__Output)[];
}
