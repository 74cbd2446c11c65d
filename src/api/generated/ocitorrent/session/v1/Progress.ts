// Original file: src/api/proto/session.proto

import type { LayerProgress as _ocitorrent_session_v1_LayerProgress, LayerProgress__Output as _ocitorrent_session_v1_LayerProgress__Output } from '../../../ocitorrent/session/v1/LayerProgress.ts';
import type { Long } from '@grpc/proto-loader';

export interface Progress {
  'key'?: (string);
  'revision'?: (string);
  'state'?: (string);
  'reason'?: (string);
  'message'?: (string);
  'layers'?: (_ocitorrent_session_v1_LayerProgress)[];
  'completedBytes'?: (number | string | Long);
  'totalBytes'?: (number | string | Long);
  'registryBytes'?: (number | string | Long);
  'peerBytes'?: (number | string | Long);
  'localBytes'?: (number | string | Long);
  'bytesPerSecond'?: (number | string | Long);
}

export interface Progress__Output {
  'key': (string);
  'revision': (string);
  'state': (string);
  'reason': (string);
  'message': (string);
  'layers': (_ocitorrent_session_v1_LayerProgress__Output)[];
  'completedBytes': (number);
  'totalBytes': (number);
  'registryBytes': (number);
  'peerBytes': (number);
  'localBytes': (number);
  'bytesPerSecond': (number);
}
