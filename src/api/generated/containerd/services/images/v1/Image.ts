// Original file: src/api/proto/containerd_images.proto

import type { Target as _containerd_services_images_v1_Target, Target__Output as _containerd_services_images_v1_Target__Output } from '../../../../containerd/services/images/v1/Target.ts';

export interface Image {
  'name'?: (string);
  'labels'?: ({[key: string]: string});
  'target'?: (_containerd_services_images_v1_Target | null);
}

export interface Image__Output {
  'name': (string);
  'labels': ({[key: string]: string});
  'target': (_containerd_services_images_v1_Target__Output | null);
}
