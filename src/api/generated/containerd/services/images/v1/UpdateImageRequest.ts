// Original file: src/api/proto/containerd_images.proto

import type { Image as _containerd_services_images_v1_Image, Image__Output as _containerd_services_images_v1_Image__Output } from '../../../../containerd/services/images/v1/Image.ts';
import type { Mask as _containerd_services_images_v1_Mask, Mask__Output as _containerd_services_images_v1_Mask__Output } from '../../../../containerd/services/images/v1/Mask.ts';

export interface UpdateImageRequest {
  'image'?: (_containerd_services_images_v1_Image | null);
  'updateMask'?: (_containerd_services_images_v1_Mask | null);
}

export interface UpdateImageRequest__Output {
  'image': (_containerd_services_images_v1_Image__Output | null);
  'updateMask': (_containerd_services_images_v1_Mask__Output | null);
}
