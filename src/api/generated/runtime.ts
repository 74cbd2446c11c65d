import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ImportRequest as _ocitorrent_runtime_v1_ImportRequest, ImportRequest__Output as _ocitorrent_runtime_v1_ImportRequest__Output } from './ocitorrent/runtime/v1/ImportRequest.ts';
import type { ImportResponse as _ocitorrent_runtime_v1_ImportResponse, ImportResponse__Output as _ocitorrent_runtime_v1_ImportResponse__Output } from './ocitorrent/runtime/v1/ImportResponse.ts';
import type { ImportedBlob as _ocitorrent_runtime_v1_ImportedBlob, ImportedBlob__Output as _ocitorrent_runtime_v1_ImportedBlob__Output } from './ocitorrent/runtime/v1/ImportedBlob.ts';
import type { ImportedImage as _ocitorrent_runtime_v1_ImportedImage, ImportedImage__Output as _ocitorrent_runtime_v1_ImportedImage__Output } from './ocitorrent/runtime/v1/ImportedImage.ts';
import type { LoadRequest as _ocitorrent_runtime_v1_LoadRequest, LoadRequest__Output as _ocitorrent_runtime_v1_LoadRequest__Output } from './ocitorrent/runtime/v1/LoadRequest.ts';
import type { LoadResponse as _ocitorrent_runtime_v1_LoadResponse, LoadResponse__Output as _ocitorrent_runtime_v1_LoadResponse__Output } from './ocitorrent/runtime/v1/LoadResponse.ts';
import type { MirrorAccess as _ocitorrent_runtime_v1_MirrorAccess, MirrorAccess__Output as _ocitorrent_runtime_v1_MirrorAccess__Output } from './ocitorrent/runtime/v1/MirrorAccess.ts';
import type { NamedImage as _ocitorrent_runtime_v1_NamedImage, NamedImage__Output as _ocitorrent_runtime_v1_NamedImage__Output } from './ocitorrent/runtime/v1/NamedImage.ts';
import type { PinRequest as _ocitorrent_runtime_v1_PinRequest, PinRequest__Output as _ocitorrent_runtime_v1_PinRequest__Output } from './ocitorrent/runtime/v1/PinRequest.ts';
import type { PinResponse as _ocitorrent_runtime_v1_PinResponse, PinResponse__Output as _ocitorrent_runtime_v1_PinResponse__Output } from './ocitorrent/runtime/v1/PinResponse.ts';
import type { Probe as _ocitorrent_runtime_v1_Probe, Probe__Output as _ocitorrent_runtime_v1_Probe__Output } from './ocitorrent/runtime/v1/Probe.ts';
import type { ProbeBlob as _ocitorrent_runtime_v1_ProbeBlob, ProbeBlob__Output as _ocitorrent_runtime_v1_ProbeBlob__Output } from './ocitorrent/runtime/v1/ProbeBlob.ts';
import type { Runtime as _ocitorrent_runtime_v1_Runtime, Runtime__Output as _ocitorrent_runtime_v1_Runtime__Output } from './ocitorrent/runtime/v1/Runtime.ts';
import type { RuntimeHelperClient as _ocitorrent_runtime_v1_RuntimeHelperClient, RuntimeHelperDefinition as _ocitorrent_runtime_v1_RuntimeHelperDefinition } from './ocitorrent/runtime/v1/RuntimeHelper.ts';
import type { StatusRequest as _ocitorrent_runtime_v1_StatusRequest, StatusRequest__Output as _ocitorrent_runtime_v1_StatusRequest__Output } from './ocitorrent/runtime/v1/StatusRequest.ts';
import type { StatusResponse as _ocitorrent_runtime_v1_StatusResponse, StatusResponse__Output as _ocitorrent_runtime_v1_StatusResponse__Output } from './ocitorrent/runtime/v1/StatusResponse.ts';
import type { WriteHostsRequest as _ocitorrent_runtime_v1_WriteHostsRequest, WriteHostsRequest__Output as _ocitorrent_runtime_v1_WriteHostsRequest__Output } from './ocitorrent/runtime/v1/WriteHostsRequest.ts';
import type { WriteHostsResponse as _ocitorrent_runtime_v1_WriteHostsResponse, WriteHostsResponse__Output as _ocitorrent_runtime_v1_WriteHostsResponse__Output } from './ocitorrent/runtime/v1/WriteHostsResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  ocitorrent: {
    runtime: {
      v1: {
        ImportRequest: MessageTypeDefinition<_ocitorrent_runtime_v1_ImportRequest, _ocitorrent_runtime_v1_ImportRequest__Output>
        ImportResponse: MessageTypeDefinition<_ocitorrent_runtime_v1_ImportResponse, _ocitorrent_runtime_v1_ImportResponse__Output>
        ImportedBlob: MessageTypeDefinition<_ocitorrent_runtime_v1_ImportedBlob, _ocitorrent_runtime_v1_ImportedBlob__Output>
        ImportedImage: MessageTypeDefinition<_ocitorrent_runtime_v1_ImportedImage, _ocitorrent_runtime_v1_ImportedImage__Output>
        LoadMethod: EnumTypeDefinition
        LoadRequest: MessageTypeDefinition<_ocitorrent_runtime_v1_LoadRequest, _ocitorrent_runtime_v1_LoadRequest__Output>
        LoadResponse: MessageTypeDefinition<_ocitorrent_runtime_v1_LoadResponse, _ocitorrent_runtime_v1_LoadResponse__Output>
        MirrorAccess: MessageTypeDefinition<_ocitorrent_runtime_v1_MirrorAccess, _ocitorrent_runtime_v1_MirrorAccess__Output>
        NamedImage: MessageTypeDefinition<_ocitorrent_runtime_v1_NamedImage, _ocitorrent_runtime_v1_NamedImage__Output>
        PinRequest: MessageTypeDefinition<_ocitorrent_runtime_v1_PinRequest, _ocitorrent_runtime_v1_PinRequest__Output>
        PinResponse: MessageTypeDefinition<_ocitorrent_runtime_v1_PinResponse, _ocitorrent_runtime_v1_PinResponse__Output>
        Probe: MessageTypeDefinition<_ocitorrent_runtime_v1_Probe, _ocitorrent_runtime_v1_Probe__Output>
        ProbeBlob: MessageTypeDefinition<_ocitorrent_runtime_v1_ProbeBlob, _ocitorrent_runtime_v1_ProbeBlob__Output>
        Runtime: MessageTypeDefinition<_ocitorrent_runtime_v1_Runtime, _ocitorrent_runtime_v1_Runtime__Output>
        RuntimeHelper: SubtypeConstructor<typeof grpc.Client, _ocitorrent_runtime_v1_RuntimeHelperClient> & { service: _ocitorrent_runtime_v1_RuntimeHelperDefinition }
        StatusRequest: MessageTypeDefinition<_ocitorrent_runtime_v1_StatusRequest, _ocitorrent_runtime_v1_StatusRequest__Output>
        StatusResponse: MessageTypeDefinition<_ocitorrent_runtime_v1_StatusResponse, _ocitorrent_runtime_v1_StatusResponse__Output>
        WriteHostsRequest: MessageTypeDefinition<_ocitorrent_runtime_v1_WriteHostsRequest, _ocitorrent_runtime_v1_WriteHostsRequest__Output>
        WriteHostsResponse: MessageTypeDefinition<_ocitorrent_runtime_v1_WriteHostsResponse, _ocitorrent_runtime_v1_WriteHostsResponse__Output>
      }
    }
  }
}

