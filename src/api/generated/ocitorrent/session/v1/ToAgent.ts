// Original file: src/api/proto/session.proto

import type { Assign as _ocitorrent_session_v1_Assign, Assign__Output as _ocitorrent_session_v1_Assign__Output } from '../../../ocitorrent/session/v1/Assign.ts';
import type { Release as _ocitorrent_session_v1_Release, Release__Output as _ocitorrent_session_v1_Release__Output } from '../../../ocitorrent/session/v1/Release.ts';
import type { Lease as _ocitorrent_session_v1_Lease, Lease__Output as _ocitorrent_session_v1_Lease__Output } from '../../../ocitorrent/session/v1/Lease.ts';
import type { Revoke as _ocitorrent_session_v1_Revoke, Revoke__Output as _ocitorrent_session_v1_Revoke__Output } from '../../../ocitorrent/session/v1/Revoke.ts';
import type { Credential as _ocitorrent_session_v1_Credential, Credential__Output as _ocitorrent_session_v1_Credential__Output } from '../../../ocitorrent/session/v1/Credential.ts';
import type { Trackers as _ocitorrent_session_v1_Trackers, Trackers__Output as _ocitorrent_session_v1_Trackers__Output } from '../../../ocitorrent/session/v1/Trackers.ts';
import type { Peers as _ocitorrent_session_v1_Peers, Peers__Output as _ocitorrent_session_v1_Peers__Output } from '../../../ocitorrent/session/v1/Peers.ts';
import type { Issuer as _ocitorrent_session_v1_Issuer, Issuer__Output as _ocitorrent_session_v1_Issuer__Output } from '../../../ocitorrent/session/v1/Issuer.ts';
import type { Limits as _ocitorrent_session_v1_Limits, Limits__Output as _ocitorrent_session_v1_Limits__Output } from '../../../ocitorrent/session/v1/Limits.ts';
import type { Bundle as _ocitorrent_session_v1_Bundle, Bundle__Output as _ocitorrent_session_v1_Bundle__Output } from '../../../ocitorrent/session/v1/Bundle.ts';
import type { Pace as _ocitorrent_session_v1_Pace, Pace__Output as _ocitorrent_session_v1_Pace__Output } from '../../../ocitorrent/session/v1/Pace.ts';

export interface ToAgent {
  'assign'?: (_ocitorrent_session_v1_Assign | null);
  'release'?: (_ocitorrent_session_v1_Release | null);
  'lease'?: (_ocitorrent_session_v1_Lease | null);
  'revoke'?: (_ocitorrent_session_v1_Revoke | null);
  'credential'?: (_ocitorrent_session_v1_Credential | null);
  'trackers'?: (_ocitorrent_session_v1_Trackers | null);
  'peers'?: (_ocitorrent_session_v1_Peers | null);
  'issuer'?: (_ocitorrent_session_v1_Issuer | null);
  'limits'?: (_ocitorrent_session_v1_Limits | null);
  'bundle'?: (_ocitorrent_session_v1_Bundle | null);
  'pace'?: (_ocitorrent_session_v1_Pace | null);
  'message'?: "assign"|"release"|"lease"|"revoke"|"credential"|"trackers"|"peers"|"issuer"|"limits"|"bundle"|"pace";
}

export interface ToAgent__Output {
  'assign'?: (_ocitorrent_session_v1_Assign__Output | null);
  'release'?: (_ocitorrent_session_v1_Release__Output | null);
  'lease'?: (_ocitorrent_session_v1_Lease__Output | null);
  'revoke'?: (_ocitorrent_session_v1_Revoke__Output | null);
  'credential'?: (_ocitorrent_session_v1_Credential__Output | null);
  'trackers'?: (_ocitorrent_session_v1_Trackers__Output | null);
  'peers'?: (_ocitorrent_session_v1_Peers__Output | null);
  'issuer'?: (_ocitorrent_session_v1_Issuer__Output | null);
  'limits'?: (_ocitorrent_session_v1_Limits__Output | null);
  'bundle'?: (_ocitorrent_session_v1_Bundle__Output | null);
  'pace'?: (_ocitorrent_session_v1_Pace__Output | null);
  'message'?: "assign"|"release"|"lease"|"revoke"|"credential"|"trackers"|"peers"|"issuer"|"limits"|"bundle"|"pace";
}
