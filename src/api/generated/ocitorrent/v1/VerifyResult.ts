// Original file: src/api/proto/oci_torrent.proto

export const VerifyResult = {
  VERIFY_RESULT_UNSPECIFIED: 'VERIFY_RESULT_UNSPECIFIED',
  VERIFY_RESULT_OK: 'VERIFY_RESULT_OK',
  VERIFY_RESULT_CORRUPT: 'VERIFY_RESULT_CORRUPT',
  VERIFY_RESULT_MISSING: 'VERIFY_RESULT_MISSING',
} as const;

export type VerifyResult =
  | 'VERIFY_RESULT_UNSPECIFIED'
  | 0
  | 'VERIFY_RESULT_OK'
  | 1
  | 'VERIFY_RESULT_CORRUPT'
  | 2
  | 'VERIFY_RESULT_MISSING'
  | 3

export type VerifyResult__Output = typeof VerifyResult[keyof typeof VerifyResult]
