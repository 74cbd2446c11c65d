// Original file: src/api/proto/oci_torrent.proto

import type { Long } from '@grpc/proto-loader';

export interface WatchTorrentResponse {
  'fetchedBytes'?: (number | string | Long);
  'totalBytes'?: (number | string | Long);
  'metainfo'?: (Buffer | Uint8Array | string);
  'hashes'?: (Buffer | Uint8Array | string);
}

export interface WatchTorrentResponse__Output {
  'fetchedBytes': (number);
  'totalBytes': (number);
  'metainfo': (Buffer);
  'hashes': (Buffer);
}
