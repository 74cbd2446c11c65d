// Original file: src/api/proto/oci_torrent.proto

import type { Platform as _ocitorrent_v1_Platform, Platform__Output as _ocitorrent_v1_Platform__Output } from '../../ocitorrent/v1/Platform.ts';
import type { Credential as _ocitorrent_v1_Credential, Credential__Output as _ocitorrent_v1_Credential__Output } from '../../ocitorrent/v1/Credential.ts';

export interface StartDownloadRequest {
  'reference'?: (string);
  'platforms'?: (_ocitorrent_v1_Platform)[];
  'allPlatforms'?: (boolean);
  'credential'?: (_ocitorrent_v1_Credential | null);
  'waitSeconds'?: (number);
}

export interface StartDownloadRequest__Output {
  'reference': (string);
  'platforms': (_ocitorrent_v1_Platform__Output)[];
  'allPlatforms': (boolean);
  'credential': (_ocitorrent_v1_Credential__Output | null);
  'waitSeconds': (number);
}
