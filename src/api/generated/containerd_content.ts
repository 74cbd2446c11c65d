import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AbortRequest as _containerd_services_content_v1_AbortRequest, AbortRequest__Output as _containerd_services_content_v1_AbortRequest__Output } from './containerd/services/content/v1/AbortRequest.ts';
import type { AbortResponse as _containerd_services_content_v1_AbortResponse, AbortResponse__Output as _containerd_services_content_v1_AbortResponse__Output } from './containerd/services/content/v1/AbortResponse.ts';
import type { ContentClient as _containerd_services_content_v1_ContentClient, ContentDefinition as _containerd_services_content_v1_ContentDefinition } from './containerd/services/content/v1/Content.ts';
import type { WriteRequest as _containerd_services_content_v1_WriteRequest, WriteRequest__Output as _containerd_services_content_v1_WriteRequest__Output } from './containerd/services/content/v1/WriteRequest.ts';
import type { WriteResponse as _containerd_services_content_v1_WriteResponse, WriteResponse__Output as _containerd_services_content_v1_WriteResponse__Output } from './containerd/services/content/v1/WriteResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  containerd: {
    services: {
      content: {
        v1: {
          AbortRequest: MessageTypeDefinition<_containerd_services_content_v1_AbortRequest, _containerd_services_content_v1_AbortRequest__Output>
          AbortResponse: MessageTypeDefinition<_containerd_services_content_v1_AbortResponse, _containerd_services_content_v1_AbortResponse__Output>
          Content: SubtypeConstructor<typeof grpc.Client, _containerd_services_content_v1_ContentClient> & { service: _containerd_services_content_v1_ContentDefinition }
          WriteAction: EnumTypeDefinition
          WriteRequest: MessageTypeDefinition<_containerd_services_content_v1_WriteRequest, _containerd_services_content_v1_WriteRequest__Output>
          WriteResponse: MessageTypeDefinition<_containerd_services_content_v1_WriteResponse, _containerd_services_content_v1_WriteResponse__Output>
        }
      }
    }
  }
}

