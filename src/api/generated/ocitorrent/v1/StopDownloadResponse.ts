// Original file: src/api/proto/oci_torrent.proto


export interface StopDownloadResponse {
  'stopped'?: (string)[];
}

export interface StopDownloadResponse__Output {
  'stopped': (string)[];
}
