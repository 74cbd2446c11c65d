// Original file: src/api/proto/session.proto

import type { Hello as _ocitorrent_session_v1_Hello, Hello__Output as _ocitorrent_session_v1_Hello__Output } from '../../../ocitorrent/session/v1/Hello.ts';
import type { Heartbeat as _ocitorrent_session_v1_Heartbeat, Heartbeat__Output as _ocitorrent_session_v1_Heartbeat__Output } from '../../../ocitorrent/session/v1/Heartbeat.ts';
import type { Progress as _ocitorrent_session_v1_Progress, Progress__Output as _ocitorrent_session_v1_Progress__Output } from '../../../ocitorrent/session/v1/Progress.ts';
import type { Coverage as _ocitorrent_session_v1_Coverage, Coverage__Output as _ocitorrent_session_v1_Coverage__Output } from '../../../ocitorrent/session/v1/Coverage.ts';
import type { LeaseReport as _ocitorrent_session_v1_LeaseReport, LeaseReport__Output as _ocitorrent_session_v1_LeaseReport__Output } from '../../../ocitorrent/session/v1/LeaseReport.ts';
import type { RegistryCheck as _ocitorrent_session_v1_RegistryCheck, RegistryCheck__Output as _ocitorrent_session_v1_RegistryCheck__Output } from '../../../ocitorrent/session/v1/RegistryCheck.ts';

export interface FromAgent {
  'hello'?: (_ocitorrent_session_v1_Hello | null);
  'heartbeat'?: (_ocitorrent_session_v1_Heartbeat | null);
  'progress'?: (_ocitorrent_session_v1_Progress | null);
  'coverage'?: (_ocitorrent_session_v1_Coverage | null);
  'leaseReport'?: (_ocitorrent_session_v1_LeaseReport | null);
  'registryCheck'?: (_ocitorrent_session_v1_RegistryCheck | null);
  'message'?: "hello"|"heartbeat"|"progress"|"coverage"|"leaseReport"|"registryCheck";
}

export interface FromAgent__Output {
  'hello'?: (_ocitorrent_session_v1_Hello__Output | null);
  'heartbeat'?: (_ocitorrent_session_v1_Heartbeat__Output | null);
  'progress'?: (_ocitorrent_session_v1_Progress__Output | null);
  'coverage'?: (_ocitorrent_session_v1_Coverage__Output | null);
  'leaseReport'?: (_ocitorrent_session_v1_LeaseReport__Output | null);
  'registryCheck'?: (_ocitorrent_session_v1_RegistryCheck__Output | null);
  'message'?: "hello"|"heartbeat"|"progress"|"coverage"|"leaseReport"|"registryCheck";
}
