// Original file: src/api/proto/containerd_content.proto

import type { WriteAction as _containerd_services_content_v1_WriteAction, WriteAction__Output as _containerd_services_content_v1_WriteAction__Output } from '../../../../containerd/services/content/v1/WriteAction.ts';
import type { Long } from '@grpc/proto-loader';

export interface WriteResponse {
  'action'?: (_containerd_services_content_v1_WriteAction);
  'offset'?: (number | string | Long);
}

export interface WriteResponse__Output {
  'action': (_containerd_services_content_v1_WriteAction__Output);
  'offset': (number);
}
