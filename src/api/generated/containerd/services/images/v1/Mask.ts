// Original file: src/api/proto/containerd_images.proto


export interface Mask {
  'paths'?: (string)[];
}

export interface Mask__Output {
  'paths': (string)[];
}
