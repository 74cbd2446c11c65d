// Original file: src/api/proto/oci_torrent.proto

import type { Long } from '@grpc/proto-loader';

export interface PeerLink {
  'address'?: (string);
  'node'?: (string);
  'zone'?: (string);
  'kind'?: (string);
  'dialled'?: (boolean);
  'inFlightBytes'?: (number | string | Long);
  'downBytesPerSecond'?: (number | string | Long);
  'upBytesPerSecond'?: (number | string | Long);
  'askMs'?: (number);
  'heldPieces'?: (number);
  'strikes'?: (number);
}

export interface PeerLink__Output {
  'address': (string);
  'node': (string);
  'zone': (string);
  'kind': (string);
  'dialled': (boolean);
  'inFlightBytes': (number);
  'downBytesPerSecond': (number);
  'upBytesPerSecond': (number);
  'askMs': (number);
  'heldPieces': (number);
  'strikes': (number);
}
