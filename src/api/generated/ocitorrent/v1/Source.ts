// Original file: src/api/proto/oci_torrent.proto

export const Source = {
  SOURCE_UNSPECIFIED: 'SOURCE_UNSPECIFIED',
  SOURCE_REGISTRY: 'SOURCE_REGISTRY',
  SOURCE_PEER: 'SOURCE_PEER',
  SOURCE_LOCAL: 'SOURCE_LOCAL',
} as const;

export type Source =
  | 'SOURCE_UNSPECIFIED'
  | 0
  | 'SOURCE_REGISTRY'
  | 1
  | 'SOURCE_PEER'
  | 2
  | 'SOURCE_LOCAL'
  | 3

export type Source__Output = typeof Source[keyof typeof Source]
