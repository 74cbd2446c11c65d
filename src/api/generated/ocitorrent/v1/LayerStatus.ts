// Original file: src/api/proto/oci_torrent.proto

import type { LayerState as _ocitorrent_v1_LayerState, LayerState__Output as _ocitorrent_v1_LayerState__Output } from '../../ocitorrent/v1/LayerState.ts';
import type { Source as _ocitorrent_v1_Source, Source__Output as _ocitorrent_v1_Source__Output } from '../../ocitorrent/v1/Source.ts';
import type { Long } from '@grpc/proto-loader';

export interface LayerStatus {
  'digest'?: (string);
  'mediaType'?: (string);
  'state'?: (_ocitorrent_v1_LayerState);
  'completedBytes'?: (number | string | Long);
  'totalBytes'?: (number | string | Long);
  'bytesPerSecond'?: (number | string | Long);
  'peers'?: (number);
  'source'?: (_ocitorrent_v1_Source);
  'infoHash'?: (string);
}

export interface LayerStatus__Output {
  'digest': (string);
  'mediaType': (string);
  'state': (_ocitorrent_v1_LayerState__Output);
  'completedBytes': (number);
  'totalBytes': (number);
  'bytesPerSecond': (number);
  'peers': (number);
  'source': (_ocitorrent_v1_Source__Output);
  'infoHash': (string);
}
