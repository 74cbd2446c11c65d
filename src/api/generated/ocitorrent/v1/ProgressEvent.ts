// Original file: src/api/proto/oci_torrent.proto

import type { Step as _ocitorrent_v1_Step, Step__Output as _ocitorrent_v1_Step__Output } from '../../ocitorrent/v1/Step.ts';
import type { Source as _ocitorrent_v1_Source, Source__Output as _ocitorrent_v1_Source__Output } from '../../ocitorrent/v1/Source.ts';
import type { Totals as _ocitorrent_v1_Totals, Totals__Output as _ocitorrent_v1_Totals__Output } from '../../ocitorrent/v1/Totals.ts';
import type { Long } from '@grpc/proto-loader';

export interface ProgressEvent {
  'step'?: (_ocitorrent_v1_Step);
  'reference'?: (string);
  'digest'?: (string);
  'completedBytes'?: (number | string | Long);
  'totalBytes'?: (number | string | Long);
  'bytesPerSecond'?: (number | string | Long);
  'source'?: (_ocitorrent_v1_Source);
  'text'?: (string);
  'totals'?: (_ocitorrent_v1_Totals | null);
}

export interface ProgressEvent__Output {
  'step': (_ocitorrent_v1_Step__Output);
  'reference': (string);
  'digest': (string);
  'completedBytes': (number);
  'totalBytes': (number);
  'bytesPerSecond': (number);
  'source': (_ocitorrent_v1_Source__Output);
  'text': (string);
  'totals': (_ocitorrent_v1_Totals__Output | null);
}
