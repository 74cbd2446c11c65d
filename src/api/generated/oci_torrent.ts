import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { BlobChunk as _ocitorrent_v1_BlobChunk, BlobChunk__Output as _ocitorrent_v1_BlobChunk__Output } from './ocitorrent/v1/BlobChunk.ts';
import type { Credential as _ocitorrent_v1_Credential, Credential__Output as _ocitorrent_v1_Credential__Output } from './ocitorrent/v1/Credential.ts';
import type { Descriptor as _ocitorrent_v1_Descriptor, Descriptor__Output as _ocitorrent_v1_Descriptor__Output } from './ocitorrent/v1/Descriptor.ts';
import type { ExplainRequest as _ocitorrent_v1_ExplainRequest, ExplainRequest__Output as _ocitorrent_v1_ExplainRequest__Output } from './ocitorrent/v1/ExplainRequest.ts';
import type { ExplainResponse as _ocitorrent_v1_ExplainResponse, ExplainResponse__Output as _ocitorrent_v1_ExplainResponse__Output } from './ocitorrent/v1/ExplainResponse.ts';
import type { ExportRequest as _ocitorrent_v1_ExportRequest, ExportRequest__Output as _ocitorrent_v1_ExportRequest__Output } from './ocitorrent/v1/ExportRequest.ts';
import type { Finding as _ocitorrent_v1_Finding, Finding__Output as _ocitorrent_v1_Finding__Output } from './ocitorrent/v1/Finding.ts';
import type { GetBlobRequest as _ocitorrent_v1_GetBlobRequest, GetBlobRequest__Output as _ocitorrent_v1_GetBlobRequest__Output } from './ocitorrent/v1/GetBlobRequest.ts';
import type { GetTorrentRequest as _ocitorrent_v1_GetTorrentRequest, GetTorrentRequest__Output as _ocitorrent_v1_GetTorrentRequest__Output } from './ocitorrent/v1/GetTorrentRequest.ts';
import type { GetTorrentResponse as _ocitorrent_v1_GetTorrentResponse, GetTorrentResponse__Output as _ocitorrent_v1_GetTorrentResponse__Output } from './ocitorrent/v1/GetTorrentResponse.ts';
import type { GetVersionRequest as _ocitorrent_v1_GetVersionRequest, GetVersionRequest__Output as _ocitorrent_v1_GetVersionRequest__Output } from './ocitorrent/v1/GetVersionRequest.ts';
import type { GetVersionResponse as _ocitorrent_v1_GetVersionResponse, GetVersionResponse__Output as _ocitorrent_v1_GetVersionResponse__Output } from './ocitorrent/v1/GetVersionResponse.ts';
import type { Image as _ocitorrent_v1_Image, Image__Output as _ocitorrent_v1_Image__Output } from './ocitorrent/v1/Image.ts';
import type { ImageStatus as _ocitorrent_v1_ImageStatus, ImageStatus__Output as _ocitorrent_v1_ImageStatus__Output } from './ocitorrent/v1/ImageStatus.ts';
import type { ImportRequest as _ocitorrent_v1_ImportRequest, ImportRequest__Output as _ocitorrent_v1_ImportRequest__Output } from './ocitorrent/v1/ImportRequest.ts';
import type { LayerExplanation as _ocitorrent_v1_LayerExplanation, LayerExplanation__Output as _ocitorrent_v1_LayerExplanation__Output } from './ocitorrent/v1/LayerExplanation.ts';
import type { LayerStatus as _ocitorrent_v1_LayerStatus, LayerStatus__Output as _ocitorrent_v1_LayerStatus__Output } from './ocitorrent/v1/LayerStatus.ts';
import type { ListImagesRequest as _ocitorrent_v1_ListImagesRequest, ListImagesRequest__Output as _ocitorrent_v1_ListImagesRequest__Output } from './ocitorrent/v1/ListImagesRequest.ts';
import type { ListImagesResponse as _ocitorrent_v1_ListImagesResponse, ListImagesResponse__Output as _ocitorrent_v1_ListImagesResponse__Output } from './ocitorrent/v1/ListImagesResponse.ts';
import type { OciTorrentClient as _ocitorrent_v1_OciTorrentClient, OciTorrentDefinition as _ocitorrent_v1_OciTorrentDefinition } from './ocitorrent/v1/OciTorrent.ts';
import type { PeerLink as _ocitorrent_v1_PeerLink, PeerLink__Output as _ocitorrent_v1_PeerLink__Output } from './ocitorrent/v1/PeerLink.ts';
import type { Platform as _ocitorrent_v1_Platform, Platform__Output as _ocitorrent_v1_Platform__Output } from './ocitorrent/v1/Platform.ts';
import type { ProgressEvent as _ocitorrent_v1_ProgressEvent, ProgressEvent__Output as _ocitorrent_v1_ProgressEvent__Output } from './ocitorrent/v1/ProgressEvent.ts';
import type { RemoveImageRequest as _ocitorrent_v1_RemoveImageRequest, RemoveImageRequest__Output as _ocitorrent_v1_RemoveImageRequest__Output } from './ocitorrent/v1/RemoveImageRequest.ts';
import type { RemoveImageResponse as _ocitorrent_v1_RemoveImageResponse, RemoveImageResponse__Output as _ocitorrent_v1_RemoveImageResponse__Output } from './ocitorrent/v1/RemoveImageResponse.ts';
import type { ResolveRequest as _ocitorrent_v1_ResolveRequest, ResolveRequest__Output as _ocitorrent_v1_ResolveRequest__Output } from './ocitorrent/v1/ResolveRequest.ts';
import type { ResolveResponse as _ocitorrent_v1_ResolveResponse, ResolveResponse__Output as _ocitorrent_v1_ResolveResponse__Output } from './ocitorrent/v1/ResolveResponse.ts';
import type { StartDownloadRequest as _ocitorrent_v1_StartDownloadRequest, StartDownloadRequest__Output as _ocitorrent_v1_StartDownloadRequest__Output } from './ocitorrent/v1/StartDownloadRequest.ts';
import type { StatusRequest as _ocitorrent_v1_StatusRequest, StatusRequest__Output as _ocitorrent_v1_StatusRequest__Output } from './ocitorrent/v1/StatusRequest.ts';
import type { StatusResponse as _ocitorrent_v1_StatusResponse, StatusResponse__Output as _ocitorrent_v1_StatusResponse__Output } from './ocitorrent/v1/StatusResponse.ts';
import type { StopDownloadRequest as _ocitorrent_v1_StopDownloadRequest, StopDownloadRequest__Output as _ocitorrent_v1_StopDownloadRequest__Output } from './ocitorrent/v1/StopDownloadRequest.ts';
import type { StopDownloadResponse as _ocitorrent_v1_StopDownloadResponse, StopDownloadResponse__Output as _ocitorrent_v1_StopDownloadResponse__Output } from './ocitorrent/v1/StopDownloadResponse.ts';
import type { Totals as _ocitorrent_v1_Totals, Totals__Output as _ocitorrent_v1_Totals__Output } from './ocitorrent/v1/Totals.ts';
import type { VerifyRequest as _ocitorrent_v1_VerifyRequest, VerifyRequest__Output as _ocitorrent_v1_VerifyRequest__Output } from './ocitorrent/v1/VerifyRequest.ts';
import type { VerifyResponse as _ocitorrent_v1_VerifyResponse, VerifyResponse__Output as _ocitorrent_v1_VerifyResponse__Output } from './ocitorrent/v1/VerifyResponse.ts';
import type { WatchTorrentResponse as _ocitorrent_v1_WatchTorrentResponse, WatchTorrentResponse__Output as _ocitorrent_v1_WatchTorrentResponse__Output } from './ocitorrent/v1/WatchTorrentResponse.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  ocitorrent: {
    v1: {
      BlobChunk: MessageTypeDefinition<_ocitorrent_v1_BlobChunk, _ocitorrent_v1_BlobChunk__Output>
      Credential: MessageTypeDefinition<_ocitorrent_v1_Credential, _ocitorrent_v1_Credential__Output>
      Descriptor: MessageTypeDefinition<_ocitorrent_v1_Descriptor, _ocitorrent_v1_Descriptor__Output>
      ExplainRequest: MessageTypeDefinition<_ocitorrent_v1_ExplainRequest, _ocitorrent_v1_ExplainRequest__Output>
      ExplainResponse: MessageTypeDefinition<_ocitorrent_v1_ExplainResponse, _ocitorrent_v1_ExplainResponse__Output>
      ExportRequest: MessageTypeDefinition<_ocitorrent_v1_ExportRequest, _ocitorrent_v1_ExportRequest__Output>
      Finding: MessageTypeDefinition<_ocitorrent_v1_Finding, _ocitorrent_v1_Finding__Output>
      GetBlobRequest: MessageTypeDefinition<_ocitorrent_v1_GetBlobRequest, _ocitorrent_v1_GetBlobRequest__Output>
      GetTorrentRequest: MessageTypeDefinition<_ocitorrent_v1_GetTorrentRequest, _ocitorrent_v1_GetTorrentRequest__Output>
      GetTorrentResponse: MessageTypeDefinition<_ocitorrent_v1_GetTorrentResponse, _ocitorrent_v1_GetTorrentResponse__Output>
      GetVersionRequest: MessageTypeDefinition<_ocitorrent_v1_GetVersionRequest, _ocitorrent_v1_GetVersionRequest__Output>
      GetVersionResponse: MessageTypeDefinition<_ocitorrent_v1_GetVersionResponse, _ocitorrent_v1_GetVersionResponse__Output>
      Image: MessageTypeDefinition<_ocitorrent_v1_Image, _ocitorrent_v1_Image__Output>
      ImageState: EnumTypeDefinition
      ImageStatus: MessageTypeDefinition<_ocitorrent_v1_ImageStatus, _ocitorrent_v1_ImageStatus__Output>
      ImportRequest: MessageTypeDefinition<_ocitorrent_v1_ImportRequest, _ocitorrent_v1_ImportRequest__Output>
      LayerExplanation: MessageTypeDefinition<_ocitorrent_v1_LayerExplanation, _ocitorrent_v1_LayerExplanation__Output>
      LayerState: EnumTypeDefinition
      LayerStatus: MessageTypeDefinition<_ocitorrent_v1_LayerStatus, _ocitorrent_v1_LayerStatus__Output>
      ListImagesRequest: MessageTypeDefinition<_ocitorrent_v1_ListImagesRequest, _ocitorrent_v1_ListImagesRequest__Output>
      ListImagesResponse: MessageTypeDefinition<_ocitorrent_v1_ListImagesResponse, _ocitorrent_v1_ListImagesResponse__Output>
      OciTorrent: SubtypeConstructor<typeof grpc.Client, _ocitorrent_v1_OciTorrentClient> & { service: _ocitorrent_v1_OciTorrentDefinition }
      PeerLink: MessageTypeDefinition<_ocitorrent_v1_PeerLink, _ocitorrent_v1_PeerLink__Output>
      Platform: MessageTypeDefinition<_ocitorrent_v1_Platform, _ocitorrent_v1_Platform__Output>
      ProgressEvent: MessageTypeDefinition<_ocitorrent_v1_ProgressEvent, _ocitorrent_v1_ProgressEvent__Output>
      RemoveImageRequest: MessageTypeDefinition<_ocitorrent_v1_RemoveImageRequest, _ocitorrent_v1_RemoveImageRequest__Output>
      RemoveImageResponse: MessageTypeDefinition<_ocitorrent_v1_RemoveImageResponse, _ocitorrent_v1_RemoveImageResponse__Output>
      ResolveRequest: MessageTypeDefinition<_ocitorrent_v1_ResolveRequest, _ocitorrent_v1_ResolveRequest__Output>
      ResolveResponse: MessageTypeDefinition<_ocitorrent_v1_ResolveResponse, _ocitorrent_v1_ResolveResponse__Output>
      Source: EnumTypeDefinition
      StartDownloadRequest: MessageTypeDefinition<_ocitorrent_v1_StartDownloadRequest, _ocitorrent_v1_StartDownloadRequest__Output>
      StatusRequest: MessageTypeDefinition<_ocitorrent_v1_StatusRequest, _ocitorrent_v1_StatusRequest__Output>
      StatusResponse: MessageTypeDefinition<_ocitorrent_v1_StatusResponse, _ocitorrent_v1_StatusResponse__Output>
      Step: EnumTypeDefinition
      StopDownloadRequest: MessageTypeDefinition<_ocitorrent_v1_StopDownloadRequest, _ocitorrent_v1_StopDownloadRequest__Output>
      StopDownloadResponse: MessageTypeDefinition<_ocitorrent_v1_StopDownloadResponse, _ocitorrent_v1_StopDownloadResponse__Output>
      Totals: MessageTypeDefinition<_ocitorrent_v1_Totals, _ocitorrent_v1_Totals__Output>
      VerifyRequest: MessageTypeDefinition<_ocitorrent_v1_VerifyRequest, _ocitorrent_v1_VerifyRequest__Output>
      VerifyResponse: MessageTypeDefinition<_ocitorrent_v1_VerifyResponse, _ocitorrent_v1_VerifyResponse__Output>
      VerifyResult: EnumTypeDefinition
      WatchTorrentResponse: MessageTypeDefinition<_ocitorrent_v1_WatchTorrentResponse, _ocitorrent_v1_WatchTorrentResponse__Output>
    }
  }
}

