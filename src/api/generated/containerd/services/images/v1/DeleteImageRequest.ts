// Original file: src/api/proto/containerd_images.proto

import type { Target as _containerd_services_images_v1_Target, Target__Output as _containerd_services_images_v1_Target__Output } from '../../../../containerd/services/images/v1/Target.ts';

export interface DeleteImageRequest {
  'name'?: (string);
  'sync'?: (boolean);
  'target'?: (_containerd_services_images_v1_Target | null);
}

export interface DeleteImageRequest__Output {
  'name': (string);
  'sync': (boolean);
  'target': (_containerd_services_images_v1_Target__Output | null);
}
