// Original file: src/api/proto/oci_torrent.proto


export interface RemoveImageRequest {
  'reference'?: (string);
}

export interface RemoveImageRequest__Output {
  'reference': (string);
}
