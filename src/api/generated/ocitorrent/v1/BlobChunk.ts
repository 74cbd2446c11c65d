// Original file: src/api/proto/oci_torrent.proto


export interface BlobChunk {
  'data'?: (Buffer | Uint8Array | string);
}

export interface BlobChunk__Output {
  'data': (Buffer);
}
