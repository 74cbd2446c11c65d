// Original file: src/api/proto/oci_torrent.proto


export interface StopDownloadRequest {
  'reference'?: (string);
  'keepPartial'?: (boolean);
}

export interface StopDownloadRequest__Output {
  'reference': (string);
  'keepPartial': (boolean);
}
