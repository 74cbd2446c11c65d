// Original file: src/api/proto/session.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { FromAgent as _ocitorrent_session_v1_FromAgent, FromAgent__Output as _ocitorrent_session_v1_FromAgent__Output } from '../../../ocitorrent/session/v1/FromAgent.ts';
import type { SignAgentRequest as _ocitorrent_session_v1_SignAgentRequest, SignAgentRequest__Output as _ocitorrent_session_v1_SignAgentRequest__Output } from '../../../ocitorrent/session/v1/SignAgentRequest.ts';
import type { SignAgentResponse as _ocitorrent_session_v1_SignAgentResponse, SignAgentResponse__Output as _ocitorrent_session_v1_SignAgentResponse__Output } from '../../../ocitorrent/session/v1/SignAgentResponse.ts';
import type { ToAgent as _ocitorrent_session_v1_ToAgent, ToAgent__Output as _ocitorrent_session_v1_ToAgent__Output } from '../../../ocitorrent/session/v1/ToAgent.ts';

export interface ControllerClient extends grpc.Client {
  Session(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ocitorrent_session_v1_FromAgent, _ocitorrent_session_v1_ToAgent__Output>;
  Session(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ocitorrent_session_v1_FromAgent, _ocitorrent_session_v1_ToAgent__Output>;
  session(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ocitorrent_session_v1_FromAgent, _ocitorrent_session_v1_ToAgent__Output>;
  session(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ocitorrent_session_v1_FromAgent, _ocitorrent_session_v1_ToAgent__Output>;
  
  SignAgent(argument: _ocitorrent_session_v1_SignAgentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_session_v1_SignAgentResponse__Output>): grpc.ClientUnaryCall;
  SignAgent(argument: _ocitorrent_session_v1_SignAgentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_session_v1_SignAgentResponse__Output>): grpc.ClientUnaryCall;
  SignAgent(argument: _ocitorrent_session_v1_SignAgentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_session_v1_SignAgentResponse__Output>): grpc.ClientUnaryCall;
  SignAgent(argument: _ocitorrent_session_v1_SignAgentRequest, callback: grpc.requestCallback<_ocitorrent_session_v1_SignAgentResponse__Output>): grpc.ClientUnaryCall;
  signAgent(argument: _ocitorrent_session_v1_SignAgentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_session_v1_SignAgentResponse__Output>): grpc.ClientUnaryCall;
  signAgent(argument: _ocitorrent_session_v1_SignAgentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_session_v1_SignAgentResponse__Output>): grpc.ClientUnaryCall;
  signAgent(argument: _ocitorrent_session_v1_SignAgentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_session_v1_SignAgentResponse__Output>): grpc.ClientUnaryCall;
  signAgent(argument: _ocitorrent_session_v1_SignAgentRequest, callback: grpc.requestCallback<_ocitorrent_session_v1_SignAgentResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface ControllerHandlers extends grpc.UntypedServiceImplementation {
  Session: grpc.handleBidiStreamingCall<_ocitorrent_session_v1_FromAgent__Output, _ocitorrent_session_v1_ToAgent>;
  
  SignAgent: grpc.handleUnaryCall<_ocitorrent_session_v1_SignAgentRequest__Output, _ocitorrent_session_v1_SignAgentResponse>;
  
}

export interface ControllerDefinition extends grpc.ServiceDefinition {
  Session: MethodDefinition<_ocitorrent_session_v1_FromAgent, _ocitorrent_session_v1_ToAgent, _ocitorrent_session_v1_FromAgent__Output, _ocitorrent_session_v1_ToAgent__Output>
  SignAgent: MethodDefinition<_ocitorrent_session_v1_SignAgentRequest, _ocitorrent_session_v1_SignAgentResponse, _ocitorrent_session_v1_SignAgentRequest__Output, _ocitorrent_session_v1_SignAgentResponse__Output>
}
