// Original file: src/api/proto/runtime.proto

export const LoadMethod = {
  StoreOnly: 'StoreOnly',
  Loopback: 'Loopback',
  Import: 'Import',
} as const;

export type LoadMethod =
  | 'StoreOnly'
  | 0
  | 'Loopback'
  | 1
  | 'Import'
  | 2

export type LoadMethod__Output = typeof LoadMethod[keyof typeof LoadMethod]
