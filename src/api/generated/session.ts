import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Assign as _ocitorrent_session_v1_Assign, Assign__Output as _ocitorrent_session_v1_Assign__Output } from './ocitorrent/session/v1/Assign.ts';
import type { AssignedRevision as _ocitorrent_session_v1_AssignedRevision, AssignedRevision__Output as _ocitorrent_session_v1_AssignedRevision__Output } from './ocitorrent/session/v1/AssignedRevision.ts';
import type { BasicLogin as _ocitorrent_session_v1_BasicLogin, BasicLogin__Output as _ocitorrent_session_v1_BasicLogin__Output } from './ocitorrent/session/v1/BasicLogin.ts';
import type { Blob as _ocitorrent_session_v1_Blob, Blob__Output as _ocitorrent_session_v1_Blob__Output } from './ocitorrent/session/v1/Blob.ts';
import type { Bundle as _ocitorrent_session_v1_Bundle, Bundle__Output as _ocitorrent_session_v1_Bundle__Output } from './ocitorrent/session/v1/Bundle.ts';
import type { ControllerClient as _ocitorrent_session_v1_ControllerClient, ControllerDefinition as _ocitorrent_session_v1_ControllerDefinition } from './ocitorrent/session/v1/Controller.ts';
import type { Coverage as _ocitorrent_session_v1_Coverage, Coverage__Output as _ocitorrent_session_v1_Coverage__Output } from './ocitorrent/session/v1/Coverage.ts';
import type { Credential as _ocitorrent_session_v1_Credential, Credential__Output as _ocitorrent_session_v1_Credential__Output } from './ocitorrent/session/v1/Credential.ts';
import type { FromAgent as _ocitorrent_session_v1_FromAgent, FromAgent__Output as _ocitorrent_session_v1_FromAgent__Output } from './ocitorrent/session/v1/FromAgent.ts';
import type { Heartbeat as _ocitorrent_session_v1_Heartbeat, Heartbeat__Output as _ocitorrent_session_v1_Heartbeat__Output } from './ocitorrent/session/v1/Heartbeat.ts';
import type { HeldBlob as _ocitorrent_session_v1_HeldBlob, HeldBlob__Output as _ocitorrent_session_v1_HeldBlob__Output } from './ocitorrent/session/v1/HeldBlob.ts';
import type { Hello as _ocitorrent_session_v1_Hello, Hello__Output as _ocitorrent_session_v1_Hello__Output } from './ocitorrent/session/v1/Hello.ts';
import type { Issuer as _ocitorrent_session_v1_Issuer, Issuer__Output as _ocitorrent_session_v1_Issuer__Output } from './ocitorrent/session/v1/Issuer.ts';
import type { LayerProgress as _ocitorrent_session_v1_LayerProgress, LayerProgress__Output as _ocitorrent_session_v1_LayerProgress__Output } from './ocitorrent/session/v1/LayerProgress.ts';
import type { Lease as _ocitorrent_session_v1_Lease, Lease__Output as _ocitorrent_session_v1_Lease__Output } from './ocitorrent/session/v1/Lease.ts';
import type { LeaseReport as _ocitorrent_session_v1_LeaseReport, LeaseReport__Output as _ocitorrent_session_v1_LeaseReport__Output } from './ocitorrent/session/v1/LeaseReport.ts';
import type { Limits as _ocitorrent_session_v1_Limits, Limits__Output as _ocitorrent_session_v1_Limits__Output } from './ocitorrent/session/v1/Limits.ts';
import type { Pace as _ocitorrent_session_v1_Pace, Pace__Output as _ocitorrent_session_v1_Pace__Output } from './ocitorrent/session/v1/Pace.ts';
import type { Peer as _ocitorrent_session_v1_Peer, Peer__Output as _ocitorrent_session_v1_Peer__Output } from './ocitorrent/session/v1/Peer.ts';
import type { Peers as _ocitorrent_session_v1_Peers, Peers__Output as _ocitorrent_session_v1_Peers__Output } from './ocitorrent/session/v1/Peers.ts';
import type { Progress as _ocitorrent_session_v1_Progress, Progress__Output as _ocitorrent_session_v1_Progress__Output } from './ocitorrent/session/v1/Progress.ts';
import type { Rates as _ocitorrent_session_v1_Rates, Rates__Output as _ocitorrent_session_v1_Rates__Output } from './ocitorrent/session/v1/Rates.ts';
import type { RegistryCheck as _ocitorrent_session_v1_RegistryCheck, RegistryCheck__Output as _ocitorrent_session_v1_RegistryCheck__Output } from './ocitorrent/session/v1/RegistryCheck.ts';
import type { Release as _ocitorrent_session_v1_Release, Release__Output as _ocitorrent_session_v1_Release__Output } from './ocitorrent/session/v1/Release.ts';
import type { Revoke as _ocitorrent_session_v1_Revoke, Revoke__Output as _ocitorrent_session_v1_Revoke__Output } from './ocitorrent/session/v1/Revoke.ts';
import type { SignAgentRequest as _ocitorrent_session_v1_SignAgentRequest, SignAgentRequest__Output as _ocitorrent_session_v1_SignAgentRequest__Output } from './ocitorrent/session/v1/SignAgentRequest.ts';
import type { SignAgentResponse as _ocitorrent_session_v1_SignAgentResponse, SignAgentResponse__Output as _ocitorrent_session_v1_SignAgentResponse__Output } from './ocitorrent/session/v1/SignAgentResponse.ts';
import type { Store as _ocitorrent_session_v1_Store, Store__Output as _ocitorrent_session_v1_Store__Output } from './ocitorrent/session/v1/Store.ts';
import type { ToAgent as _ocitorrent_session_v1_ToAgent, ToAgent__Output as _ocitorrent_session_v1_ToAgent__Output } from './ocitorrent/session/v1/ToAgent.ts';
import type { Trackers as _ocitorrent_session_v1_Trackers, Trackers__Output as _ocitorrent_session_v1_Trackers__Output } from './ocitorrent/session/v1/Trackers.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  ocitorrent: {
    session: {
      v1: {
        Assign: MessageTypeDefinition<_ocitorrent_session_v1_Assign, _ocitorrent_session_v1_Assign__Output>
        AssignedRevision: MessageTypeDefinition<_ocitorrent_session_v1_AssignedRevision, _ocitorrent_session_v1_AssignedRevision__Output>
        BasicLogin: MessageTypeDefinition<_ocitorrent_session_v1_BasicLogin, _ocitorrent_session_v1_BasicLogin__Output>
        Blob: MessageTypeDefinition<_ocitorrent_session_v1_Blob, _ocitorrent_session_v1_Blob__Output>
        Bundle: MessageTypeDefinition<_ocitorrent_session_v1_Bundle, _ocitorrent_session_v1_Bundle__Output>
        Controller: SubtypeConstructor<typeof grpc.Client, _ocitorrent_session_v1_ControllerClient> & { service: _ocitorrent_session_v1_ControllerDefinition }
        Coverage: MessageTypeDefinition<_ocitorrent_session_v1_Coverage, _ocitorrent_session_v1_Coverage__Output>
        Credential: MessageTypeDefinition<_ocitorrent_session_v1_Credential, _ocitorrent_session_v1_Credential__Output>
        FromAgent: MessageTypeDefinition<_ocitorrent_session_v1_FromAgent, _ocitorrent_session_v1_FromAgent__Output>
        Heartbeat: MessageTypeDefinition<_ocitorrent_session_v1_Heartbeat, _ocitorrent_session_v1_Heartbeat__Output>
        HeldBlob: MessageTypeDefinition<_ocitorrent_session_v1_HeldBlob, _ocitorrent_session_v1_HeldBlob__Output>
        Hello: MessageTypeDefinition<_ocitorrent_session_v1_Hello, _ocitorrent_session_v1_Hello__Output>
        Issuer: MessageTypeDefinition<_ocitorrent_session_v1_Issuer, _ocitorrent_session_v1_Issuer__Output>
        LayerProgress: MessageTypeDefinition<_ocitorrent_session_v1_LayerProgress, _ocitorrent_session_v1_LayerProgress__Output>
        Lease: MessageTypeDefinition<_ocitorrent_session_v1_Lease, _ocitorrent_session_v1_Lease__Output>
        LeaseReport: MessageTypeDefinition<_ocitorrent_session_v1_LeaseReport, _ocitorrent_session_v1_LeaseReport__Output>
        Limits: MessageTypeDefinition<_ocitorrent_session_v1_Limits, _ocitorrent_session_v1_Limits__Output>
        Pace: MessageTypeDefinition<_ocitorrent_session_v1_Pace, _ocitorrent_session_v1_Pace__Output>
        Peer: MessageTypeDefinition<_ocitorrent_session_v1_Peer, _ocitorrent_session_v1_Peer__Output>
        Peers: MessageTypeDefinition<_ocitorrent_session_v1_Peers, _ocitorrent_session_v1_Peers__Output>
        Progress: MessageTypeDefinition<_ocitorrent_session_v1_Progress, _ocitorrent_session_v1_Progress__Output>
        Rates: MessageTypeDefinition<_ocitorrent_session_v1_Rates, _ocitorrent_session_v1_Rates__Output>
        RegistryCheck: MessageTypeDefinition<_ocitorrent_session_v1_RegistryCheck, _ocitorrent_session_v1_RegistryCheck__Output>
        Release: MessageTypeDefinition<_ocitorrent_session_v1_Release, _ocitorrent_session_v1_Release__Output>
        Revoke: MessageTypeDefinition<_ocitorrent_session_v1_Revoke, _ocitorrent_session_v1_Revoke__Output>
        SignAgentRequest: MessageTypeDefinition<_ocitorrent_session_v1_SignAgentRequest, _ocitorrent_session_v1_SignAgentRequest__Output>
        SignAgentResponse: MessageTypeDefinition<_ocitorrent_session_v1_SignAgentResponse, _ocitorrent_session_v1_SignAgentResponse__Output>
        Store: MessageTypeDefinition<_ocitorrent_session_v1_Store, _ocitorrent_session_v1_Store__Output>
        ToAgent: MessageTypeDefinition<_ocitorrent_session_v1_ToAgent, _ocitorrent_session_v1_ToAgent__Output>
        Trackers: MessageTypeDefinition<_ocitorrent_session_v1_Trackers, _ocitorrent_session_v1_Trackers__Output>
      }
    }
  }
}

