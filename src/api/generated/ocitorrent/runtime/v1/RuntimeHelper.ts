// Original file: src/api/proto/runtime.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ImportRequest as _ocitorrent_runtime_v1_ImportRequest, ImportRequest__Output as _ocitorrent_runtime_v1_ImportRequest__Output } from '../../../ocitorrent/runtime/v1/ImportRequest.ts';
import type { ImportResponse as _ocitorrent_runtime_v1_ImportResponse, ImportResponse__Output as _ocitorrent_runtime_v1_ImportResponse__Output } from '../../../ocitorrent/runtime/v1/ImportResponse.ts';
import type { LoadRequest as _ocitorrent_runtime_v1_LoadRequest, LoadRequest__Output as _ocitorrent_runtime_v1_LoadRequest__Output } from '../../../ocitorrent/runtime/v1/LoadRequest.ts';
import type { LoadResponse as _ocitorrent_runtime_v1_LoadResponse, LoadResponse__Output as _ocitorrent_runtime_v1_LoadResponse__Output } from '../../../ocitorrent/runtime/v1/LoadResponse.ts';
import type { PinRequest as _ocitorrent_runtime_v1_PinRequest, PinRequest__Output as _ocitorrent_runtime_v1_PinRequest__Output } from '../../../ocitorrent/runtime/v1/PinRequest.ts';
import type { PinResponse as _ocitorrent_runtime_v1_PinResponse, PinResponse__Output as _ocitorrent_runtime_v1_PinResponse__Output } from '../../../ocitorrent/runtime/v1/PinResponse.ts';
import type { StatusRequest as _ocitorrent_runtime_v1_StatusRequest, StatusRequest__Output as _ocitorrent_runtime_v1_StatusRequest__Output } from '../../../ocitorrent/runtime/v1/StatusRequest.ts';
import type { StatusResponse as _ocitorrent_runtime_v1_StatusResponse, StatusResponse__Output as _ocitorrent_runtime_v1_StatusResponse__Output } from '../../../ocitorrent/runtime/v1/StatusResponse.ts';
import type { WriteHostsRequest as _ocitorrent_runtime_v1_WriteHostsRequest, WriteHostsRequest__Output as _ocitorrent_runtime_v1_WriteHostsRequest__Output } from '../../../ocitorrent/runtime/v1/WriteHostsRequest.ts';
import type { WriteHostsResponse as _ocitorrent_runtime_v1_WriteHostsResponse, WriteHostsResponse__Output as _ocitorrent_runtime_v1_WriteHostsResponse__Output } from '../../../ocitorrent/runtime/v1/WriteHostsResponse.ts';

export interface RuntimeHelperClient extends grpc.Client {
  Import(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_ImportResponse__Output>): grpc.ClientWritableStream<_ocitorrent_runtime_v1_ImportRequest>;
  Import(metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_runtime_v1_ImportResponse__Output>): grpc.ClientWritableStream<_ocitorrent_runtime_v1_ImportRequest>;
  Import(options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_ImportResponse__Output>): grpc.ClientWritableStream<_ocitorrent_runtime_v1_ImportRequest>;
  Import(callback: grpc.requestCallback<_ocitorrent_runtime_v1_ImportResponse__Output>): grpc.ClientWritableStream<_ocitorrent_runtime_v1_ImportRequest>;
  import(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_ImportResponse__Output>): grpc.ClientWritableStream<_ocitorrent_runtime_v1_ImportRequest>;
  import(metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_runtime_v1_ImportResponse__Output>): grpc.ClientWritableStream<_ocitorrent_runtime_v1_ImportRequest>;
  import(options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_ImportResponse__Output>): grpc.ClientWritableStream<_ocitorrent_runtime_v1_ImportRequest>;
  import(callback: grpc.requestCallback<_ocitorrent_runtime_v1_ImportResponse__Output>): grpc.ClientWritableStream<_ocitorrent_runtime_v1_ImportRequest>;
  
  Load(argument: _ocitorrent_runtime_v1_LoadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_LoadResponse__Output>): grpc.ClientUnaryCall;
  Load(argument: _ocitorrent_runtime_v1_LoadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_runtime_v1_LoadResponse__Output>): grpc.ClientUnaryCall;
  Load(argument: _ocitorrent_runtime_v1_LoadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_LoadResponse__Output>): grpc.ClientUnaryCall;
  Load(argument: _ocitorrent_runtime_v1_LoadRequest, callback: grpc.requestCallback<_ocitorrent_runtime_v1_LoadResponse__Output>): grpc.ClientUnaryCall;
  load(argument: _ocitorrent_runtime_v1_LoadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_LoadResponse__Output>): grpc.ClientUnaryCall;
  load(argument: _ocitorrent_runtime_v1_LoadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_runtime_v1_LoadResponse__Output>): grpc.ClientUnaryCall;
  load(argument: _ocitorrent_runtime_v1_LoadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_LoadResponse__Output>): grpc.ClientUnaryCall;
  load(argument: _ocitorrent_runtime_v1_LoadRequest, callback: grpc.requestCallback<_ocitorrent_runtime_v1_LoadResponse__Output>): grpc.ClientUnaryCall;
  
  Pin(argument: _ocitorrent_runtime_v1_PinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  Pin(argument: _ocitorrent_runtime_v1_PinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_runtime_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  Pin(argument: _ocitorrent_runtime_v1_PinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  Pin(argument: _ocitorrent_runtime_v1_PinRequest, callback: grpc.requestCallback<_ocitorrent_runtime_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  pin(argument: _ocitorrent_runtime_v1_PinRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  pin(argument: _ocitorrent_runtime_v1_PinRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_runtime_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  pin(argument: _ocitorrent_runtime_v1_PinRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  pin(argument: _ocitorrent_runtime_v1_PinRequest, callback: grpc.requestCallback<_ocitorrent_runtime_v1_PinResponse__Output>): grpc.ClientUnaryCall;
  
  Status(argument: _ocitorrent_runtime_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ocitorrent_runtime_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_runtime_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ocitorrent_runtime_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ocitorrent_runtime_v1_StatusRequest, callback: grpc.requestCallback<_ocitorrent_runtime_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ocitorrent_runtime_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ocitorrent_runtime_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_runtime_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ocitorrent_runtime_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ocitorrent_runtime_v1_StatusRequest, callback: grpc.requestCallback<_ocitorrent_runtime_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  
  WriteHosts(argument: _ocitorrent_runtime_v1_WriteHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_WriteHostsResponse__Output>): grpc.ClientUnaryCall;
  WriteHosts(argument: _ocitorrent_runtime_v1_WriteHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_runtime_v1_WriteHostsResponse__Output>): grpc.ClientUnaryCall;
  WriteHosts(argument: _ocitorrent_runtime_v1_WriteHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_WriteHostsResponse__Output>): grpc.ClientUnaryCall;
  WriteHosts(argument: _ocitorrent_runtime_v1_WriteHostsRequest, callback: grpc.requestCallback<_ocitorrent_runtime_v1_WriteHostsResponse__Output>): grpc.ClientUnaryCall;
  writeHosts(argument: _ocitorrent_runtime_v1_WriteHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_WriteHostsResponse__Output>): grpc.ClientUnaryCall;
  writeHosts(argument: _ocitorrent_runtime_v1_WriteHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_runtime_v1_WriteHostsResponse__Output>): grpc.ClientUnaryCall;
  writeHosts(argument: _ocitorrent_runtime_v1_WriteHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_runtime_v1_WriteHostsResponse__Output>): grpc.ClientUnaryCall;
  writeHosts(argument: _ocitorrent_runtime_v1_WriteHostsRequest, callback: grpc.requestCallback<_ocitorrent_runtime_v1_WriteHostsResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface RuntimeHelperHandlers extends grpc.UntypedServiceImplementation {
  Import: grpc.handleClientStreamingCall<_ocitorrent_runtime_v1_ImportRequest__Output, _ocitorrent_runtime_v1_ImportResponse>;
  
  Load: grpc.handleUnaryCall<_ocitorrent_runtime_v1_LoadRequest__Output, _ocitorrent_runtime_v1_LoadResponse>;
  
  Pin: grpc.handleUnaryCall<_ocitorrent_runtime_v1_PinRequest__Output, _ocitorrent_runtime_v1_PinResponse>;
  
  Status: grpc.handleUnaryCall<_ocitorrent_runtime_v1_StatusRequest__Output, _ocitorrent_runtime_v1_StatusResponse>;
  
  WriteHosts: grpc.handleUnaryCall<_ocitorrent_runtime_v1_WriteHostsRequest__Output, _ocitorrent_runtime_v1_WriteHostsResponse>;
  
}

export interface RuntimeHelperDefinition extends grpc.ServiceDefinition {
  Import: MethodDefinition<_ocitorrent_runtime_v1_ImportRequest, _ocitorrent_runtime_v1_ImportResponse, _ocitorrent_runtime_v1_ImportRequest__Output, _ocitorrent_runtime_v1_ImportResponse__Output>
  Load: MethodDefinition<_ocitorrent_runtime_v1_LoadRequest, _ocitorrent_runtime_v1_LoadResponse, _ocitorrent_runtime_v1_LoadRequest__Output, _ocitorrent_runtime_v1_LoadResponse__Output>
  Pin: MethodDefinition<_ocitorrent_runtime_v1_PinRequest, _ocitorrent_runtime_v1_PinResponse, _ocitorrent_runtime_v1_PinRequest__Output, _ocitorrent_runtime_v1_PinResponse__Output>
  Status: MethodDefinition<_ocitorrent_runtime_v1_StatusRequest, _ocitorrent_runtime_v1_StatusResponse, _ocitorrent_runtime_v1_StatusRequest__Output, _ocitorrent_runtime_v1_StatusResponse__Output>
  WriteHosts: MethodDefinition<_ocitorrent_runtime_v1_WriteHostsRequest, _ocitorrent_runtime_v1_WriteHostsResponse, _ocitorrent_runtime_v1_WriteHostsRequest__Output, _ocitorrent_runtime_v1_WriteHostsResponse__Output>
}
