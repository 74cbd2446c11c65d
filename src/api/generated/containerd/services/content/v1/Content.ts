// Original file: src/api/proto/containerd_content.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AbortRequest as _containerd_services_content_v1_AbortRequest, AbortRequest__Output as _containerd_services_content_v1_AbortRequest__Output } from '../../../../containerd/services/content/v1/AbortRequest.ts';
import type { AbortResponse as _containerd_services_content_v1_AbortResponse, AbortResponse__Output as _containerd_services_content_v1_AbortResponse__Output } from '../../../../containerd/services/content/v1/AbortResponse.ts';
import type { WriteRequest as _containerd_services_content_v1_WriteRequest, WriteRequest__Output as _containerd_services_content_v1_WriteRequest__Output } from '../../../../containerd/services/content/v1/WriteRequest.ts';
import type { WriteResponse as _containerd_services_content_v1_WriteResponse, WriteResponse__Output as _containerd_services_content_v1_WriteResponse__Output } from '../../../../containerd/services/content/v1/WriteResponse.ts';

export interface ContentClient extends grpc.Client {
  Abort(argument: _containerd_services_content_v1_AbortRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_containerd_services_content_v1_AbortResponse__Output>): grpc.ClientUnaryCall;
  Abort(argument: _containerd_services_content_v1_AbortRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_containerd_services_content_v1_AbortResponse__Output>): grpc.ClientUnaryCall;
  Abort(argument: _containerd_services_content_v1_AbortRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_containerd_services_content_v1_AbortResponse__Output>): grpc.ClientUnaryCall;
  Abort(argument: _containerd_services_content_v1_AbortRequest, callback: grpc.requestCallback<_containerd_services_content_v1_AbortResponse__Output>): grpc.ClientUnaryCall;
  abort(argument: _containerd_services_content_v1_AbortRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_containerd_services_content_v1_AbortResponse__Output>): grpc.ClientUnaryCall;
  abort(argument: _containerd_services_content_v1_AbortRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_containerd_services_content_v1_AbortResponse__Output>): grpc.ClientUnaryCall;
  abort(argument: _containerd_services_content_v1_AbortRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_containerd_services_content_v1_AbortResponse__Output>): grpc.ClientUnaryCall;
  abort(argument: _containerd_services_content_v1_AbortRequest, callback: grpc.requestCallback<_containerd_services_content_v1_AbortResponse__Output>): grpc.ClientUnaryCall;
  
  Write(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_containerd_services_content_v1_WriteRequest, _containerd_services_content_v1_WriteResponse__Output>;
  Write(options?: grpc.CallOptions): grpc.ClientDuplexStream<_containerd_services_content_v1_WriteRequest, _containerd_services_content_v1_WriteResponse__Output>;
  write(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_containerd_services_content_v1_WriteRequest, _containerd_services_content_v1_WriteResponse__Output>;
  write(options?: grpc.CallOptions): grpc.ClientDuplexStream<_containerd_services_content_v1_WriteRequest, _containerd_services_content_v1_WriteResponse__Output>;
  
}

export interface ContentHandlers extends grpc.UntypedServiceImplementation {
  Abort: grpc.handleUnaryCall<_containerd_services_content_v1_AbortRequest__Output, _containerd_services_content_v1_AbortResponse>;
  
  Write: grpc.handleBidiStreamingCall<_containerd_services_content_v1_WriteRequest__Output, _containerd_services_content_v1_WriteResponse>;
  
}

export interface ContentDefinition extends grpc.ServiceDefinition {
  Abort: MethodDefinition<_containerd_services_content_v1_AbortRequest, _containerd_services_content_v1_AbortResponse, _containerd_services_content_v1_AbortRequest__Output, _containerd_services_content_v1_AbortResponse__Output>
  Write: MethodDefinition<_containerd_services_content_v1_WriteRequest, _containerd_services_content_v1_WriteResponse, _containerd_services_content_v1_WriteRequest__Output, _containerd_services_content_v1_WriteResponse__Output>
}
