// Original file: src/api/proto/containerd_images.proto

import type { Long } from '@grpc/proto-loader';

export interface Target {
  'mediaType'?: (string);
  'digest'?: (string);
  'size'?: (number | string | Long);
}

export interface Target__Output {
  'mediaType': (string);
  'digest': (string);
  'size': (number);
}
