// Original file: src/api/proto/oci_torrent.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { BlobChunk as _ocitorrent_v1_BlobChunk, BlobChunk__Output as _ocitorrent_v1_BlobChunk__Output } from '../../ocitorrent/v1/BlobChunk.ts';
import type { ExplainRequest as _ocitorrent_v1_ExplainRequest, ExplainRequest__Output as _ocitorrent_v1_ExplainRequest__Output } from '../../ocitorrent/v1/ExplainRequest.ts';
import type { ExplainResponse as _ocitorrent_v1_ExplainResponse, ExplainResponse__Output as _ocitorrent_v1_ExplainResponse__Output } from '../../ocitorrent/v1/ExplainResponse.ts';
import type { ExportRequest as _ocitorrent_v1_ExportRequest, ExportRequest__Output as _ocitorrent_v1_ExportRequest__Output } from '../../ocitorrent/v1/ExportRequest.ts';
import type { GetBlobRequest as _ocitorrent_v1_GetBlobRequest, GetBlobRequest__Output as _ocitorrent_v1_GetBlobRequest__Output } from '../../ocitorrent/v1/GetBlobRequest.ts';
import type { GetTorrentRequest as _ocitorrent_v1_GetTorrentRequest, GetTorrentRequest__Output as _ocitorrent_v1_GetTorrentRequest__Output } from '../../ocitorrent/v1/GetTorrentRequest.ts';
import type { GetTorrentResponse as _ocitorrent_v1_GetTorrentResponse, GetTorrentResponse__Output as _ocitorrent_v1_GetTorrentResponse__Output } from '../../ocitorrent/v1/GetTorrentResponse.ts';
import type { GetVersionRequest as _ocitorrent_v1_GetVersionRequest, GetVersionRequest__Output as _ocitorrent_v1_GetVersionRequest__Output } from '../../ocitorrent/v1/GetVersionRequest.ts';
import type { GetVersionResponse as _ocitorrent_v1_GetVersionResponse, GetVersionResponse__Output as _ocitorrent_v1_GetVersionResponse__Output } from '../../ocitorrent/v1/GetVersionResponse.ts';
import type { ImportRequest as _ocitorrent_v1_ImportRequest, ImportRequest__Output as _ocitorrent_v1_ImportRequest__Output } from '../../ocitorrent/v1/ImportRequest.ts';
import type { ListImagesRequest as _ocitorrent_v1_ListImagesRequest, ListImagesRequest__Output as _ocitorrent_v1_ListImagesRequest__Output } from '../../ocitorrent/v1/ListImagesRequest.ts';
import type { ListImagesResponse as _ocitorrent_v1_ListImagesResponse, ListImagesResponse__Output as _ocitorrent_v1_ListImagesResponse__Output } from '../../ocitorrent/v1/ListImagesResponse.ts';
import type { ProgressEvent as _ocitorrent_v1_ProgressEvent, ProgressEvent__Output as _ocitorrent_v1_ProgressEvent__Output } from '../../ocitorrent/v1/ProgressEvent.ts';
import type { RemoveImageRequest as _ocitorrent_v1_RemoveImageRequest, RemoveImageRequest__Output as _ocitorrent_v1_RemoveImageRequest__Output } from '../../ocitorrent/v1/RemoveImageRequest.ts';
import type { RemoveImageResponse as _ocitorrent_v1_RemoveImageResponse, RemoveImageResponse__Output as _ocitorrent_v1_RemoveImageResponse__Output } from '../../ocitorrent/v1/RemoveImageResponse.ts';
import type { ResolveRequest as _ocitorrent_v1_ResolveRequest, ResolveRequest__Output as _ocitorrent_v1_ResolveRequest__Output } from '../../ocitorrent/v1/ResolveRequest.ts';
import type { ResolveResponse as _ocitorrent_v1_ResolveResponse, ResolveResponse__Output as _ocitorrent_v1_ResolveResponse__Output } from '../../ocitorrent/v1/ResolveResponse.ts';
import type { StartDownloadRequest as _ocitorrent_v1_StartDownloadRequest, StartDownloadRequest__Output as _ocitorrent_v1_StartDownloadRequest__Output } from '../../ocitorrent/v1/StartDownloadRequest.ts';
import type { StatusRequest as _ocitorrent_v1_StatusRequest, StatusRequest__Output as _ocitorrent_v1_StatusRequest__Output } from '../../ocitorrent/v1/StatusRequest.ts';
import type { StatusResponse as _ocitorrent_v1_StatusResponse, StatusResponse__Output as _ocitorrent_v1_StatusResponse__Output } from '../../ocitorrent/v1/StatusResponse.ts';
import type { StopDownloadRequest as _ocitorrent_v1_StopDownloadRequest, StopDownloadRequest__Output as _ocitorrent_v1_StopDownloadRequest__Output } from '../../ocitorrent/v1/StopDownloadRequest.ts';
import type { StopDownloadResponse as _ocitorrent_v1_StopDownloadResponse, StopDownloadResponse__Output as _ocitorrent_v1_StopDownloadResponse__Output } from '../../ocitorrent/v1/StopDownloadResponse.ts';
import type { VerifyRequest as _ocitorrent_v1_VerifyRequest, VerifyRequest__Output as _ocitorrent_v1_VerifyRequest__Output } from '../../ocitorrent/v1/VerifyRequest.ts';
import type { VerifyResponse as _ocitorrent_v1_VerifyResponse, VerifyResponse__Output as _ocitorrent_v1_VerifyResponse__Output } from '../../ocitorrent/v1/VerifyResponse.ts';
import type { WatchTorrentResponse as _ocitorrent_v1_WatchTorrentResponse, WatchTorrentResponse__Output as _ocitorrent_v1_WatchTorrentResponse__Output } from '../../ocitorrent/v1/WatchTorrentResponse.ts';

export interface OciTorrentClient extends grpc.Client {
  Explain(argument: _ocitorrent_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _ocitorrent_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _ocitorrent_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _ocitorrent_v1_ExplainRequest, callback: grpc.requestCallback<_ocitorrent_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _ocitorrent_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _ocitorrent_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _ocitorrent_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _ocitorrent_v1_ExplainRequest, callback: grpc.requestCallback<_ocitorrent_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  
  Export(argument: _ocitorrent_v1_ExportRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  Export(argument: _ocitorrent_v1_ExportRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  export(argument: _ocitorrent_v1_ExportRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  export(argument: _ocitorrent_v1_ExportRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  
  GetBlob(argument: _ocitorrent_v1_GetBlobRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_BlobChunk__Output>;
  GetBlob(argument: _ocitorrent_v1_GetBlobRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_BlobChunk__Output>;
  getBlob(argument: _ocitorrent_v1_GetBlobRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_BlobChunk__Output>;
  getBlob(argument: _ocitorrent_v1_GetBlobRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_BlobChunk__Output>;
  
  GetTorrent(argument: _ocitorrent_v1_GetTorrentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_GetTorrentResponse__Output>): grpc.ClientUnaryCall;
  GetTorrent(argument: _ocitorrent_v1_GetTorrentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_GetTorrentResponse__Output>): grpc.ClientUnaryCall;
  GetTorrent(argument: _ocitorrent_v1_GetTorrentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_GetTorrentResponse__Output>): grpc.ClientUnaryCall;
  GetTorrent(argument: _ocitorrent_v1_GetTorrentRequest, callback: grpc.requestCallback<_ocitorrent_v1_GetTorrentResponse__Output>): grpc.ClientUnaryCall;
  getTorrent(argument: _ocitorrent_v1_GetTorrentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_GetTorrentResponse__Output>): grpc.ClientUnaryCall;
  getTorrent(argument: _ocitorrent_v1_GetTorrentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_GetTorrentResponse__Output>): grpc.ClientUnaryCall;
  getTorrent(argument: _ocitorrent_v1_GetTorrentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_GetTorrentResponse__Output>): grpc.ClientUnaryCall;
  getTorrent(argument: _ocitorrent_v1_GetTorrentRequest, callback: grpc.requestCallback<_ocitorrent_v1_GetTorrentResponse__Output>): grpc.ClientUnaryCall;
  
  GetVersion(argument: _ocitorrent_v1_GetVersionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  GetVersion(argument: _ocitorrent_v1_GetVersionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  GetVersion(argument: _ocitorrent_v1_GetVersionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  GetVersion(argument: _ocitorrent_v1_GetVersionRequest, callback: grpc.requestCallback<_ocitorrent_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  getVersion(argument: _ocitorrent_v1_GetVersionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  getVersion(argument: _ocitorrent_v1_GetVersionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  getVersion(argument: _ocitorrent_v1_GetVersionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  getVersion(argument: _ocitorrent_v1_GetVersionRequest, callback: grpc.requestCallback<_ocitorrent_v1_GetVersionResponse__Output>): grpc.ClientUnaryCall;
  
  Import(argument: _ocitorrent_v1_ImportRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  Import(argument: _ocitorrent_v1_ImportRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  import(argument: _ocitorrent_v1_ImportRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  import(argument: _ocitorrent_v1_ImportRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  
  ListImages(argument: _ocitorrent_v1_ListImagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  ListImages(argument: _ocitorrent_v1_ListImagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  ListImages(argument: _ocitorrent_v1_ListImagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  ListImages(argument: _ocitorrent_v1_ListImagesRequest, callback: grpc.requestCallback<_ocitorrent_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  listImages(argument: _ocitorrent_v1_ListImagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  listImages(argument: _ocitorrent_v1_ListImagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  listImages(argument: _ocitorrent_v1_ListImagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  listImages(argument: _ocitorrent_v1_ListImagesRequest, callback: grpc.requestCallback<_ocitorrent_v1_ListImagesResponse__Output>): grpc.ClientUnaryCall;
  
  RemoveImage(argument: _ocitorrent_v1_RemoveImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_RemoveImageResponse__Output>): grpc.ClientUnaryCall;
  RemoveImage(argument: _ocitorrent_v1_RemoveImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_RemoveImageResponse__Output>): grpc.ClientUnaryCall;
  RemoveImage(argument: _ocitorrent_v1_RemoveImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_RemoveImageResponse__Output>): grpc.ClientUnaryCall;
  RemoveImage(argument: _ocitorrent_v1_RemoveImageRequest, callback: grpc.requestCallback<_ocitorrent_v1_RemoveImageResponse__Output>): grpc.ClientUnaryCall;
  removeImage(argument: _ocitorrent_v1_RemoveImageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_RemoveImageResponse__Output>): grpc.ClientUnaryCall;
  removeImage(argument: _ocitorrent_v1_RemoveImageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_RemoveImageResponse__Output>): grpc.ClientUnaryCall;
  removeImage(argument: _ocitorrent_v1_RemoveImageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_RemoveImageResponse__Output>): grpc.ClientUnaryCall;
  removeImage(argument: _ocitorrent_v1_RemoveImageRequest, callback: grpc.requestCallback<_ocitorrent_v1_RemoveImageResponse__Output>): grpc.ClientUnaryCall;
  
  Resolve(argument: _ocitorrent_v1_ResolveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ResolveResponse__Output>): grpc.ClientUnaryCall;
  Resolve(argument: _ocitorrent_v1_ResolveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_ResolveResponse__Output>): grpc.ClientUnaryCall;
  Resolve(argument: _ocitorrent_v1_ResolveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ResolveResponse__Output>): grpc.ClientUnaryCall;
  Resolve(argument: _ocitorrent_v1_ResolveRequest, callback: grpc.requestCallback<_ocitorrent_v1_ResolveResponse__Output>): grpc.ClientUnaryCall;
  resolve(argument: _ocitorrent_v1_ResolveRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ResolveResponse__Output>): grpc.ClientUnaryCall;
  resolve(argument: _ocitorrent_v1_ResolveRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_ResolveResponse__Output>): grpc.ClientUnaryCall;
  resolve(argument: _ocitorrent_v1_ResolveRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_ResolveResponse__Output>): grpc.ClientUnaryCall;
  resolve(argument: _ocitorrent_v1_ResolveRequest, callback: grpc.requestCallback<_ocitorrent_v1_ResolveResponse__Output>): grpc.ClientUnaryCall;
  
  StartDownload(argument: _ocitorrent_v1_StartDownloadRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  StartDownload(argument: _ocitorrent_v1_StartDownloadRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  startDownload(argument: _ocitorrent_v1_StartDownloadRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  startDownload(argument: _ocitorrent_v1_StartDownloadRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_ProgressEvent__Output>;
  
  Status(argument: _ocitorrent_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ocitorrent_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ocitorrent_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ocitorrent_v1_StatusRequest, callback: grpc.requestCallback<_ocitorrent_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ocitorrent_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ocitorrent_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ocitorrent_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ocitorrent_v1_StatusRequest, callback: grpc.requestCallback<_ocitorrent_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  
  StopDownload(argument: _ocitorrent_v1_StopDownloadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_StopDownloadResponse__Output>): grpc.ClientUnaryCall;
  StopDownload(argument: _ocitorrent_v1_StopDownloadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_StopDownloadResponse__Output>): grpc.ClientUnaryCall;
  StopDownload(argument: _ocitorrent_v1_StopDownloadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_StopDownloadResponse__Output>): grpc.ClientUnaryCall;
  StopDownload(argument: _ocitorrent_v1_StopDownloadRequest, callback: grpc.requestCallback<_ocitorrent_v1_StopDownloadResponse__Output>): grpc.ClientUnaryCall;
  stopDownload(argument: _ocitorrent_v1_StopDownloadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_StopDownloadResponse__Output>): grpc.ClientUnaryCall;
  stopDownload(argument: _ocitorrent_v1_StopDownloadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ocitorrent_v1_StopDownloadResponse__Output>): grpc.ClientUnaryCall;
  stopDownload(argument: _ocitorrent_v1_StopDownloadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ocitorrent_v1_StopDownloadResponse__Output>): grpc.ClientUnaryCall;
  stopDownload(argument: _ocitorrent_v1_StopDownloadRequest, callback: grpc.requestCallback<_ocitorrent_v1_StopDownloadResponse__Output>): grpc.ClientUnaryCall;
  
  Verify(argument: _ocitorrent_v1_VerifyRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_VerifyResponse__Output>;
  Verify(argument: _ocitorrent_v1_VerifyRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_VerifyResponse__Output>;
  verify(argument: _ocitorrent_v1_VerifyRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_VerifyResponse__Output>;
  verify(argument: _ocitorrent_v1_VerifyRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_VerifyResponse__Output>;
  
  WatchStatus(argument: _ocitorrent_v1_StatusRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_StatusResponse__Output>;
  WatchStatus(argument: _ocitorrent_v1_StatusRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_StatusResponse__Output>;
  watchStatus(argument: _ocitorrent_v1_StatusRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_StatusResponse__Output>;
  watchStatus(argument: _ocitorrent_v1_StatusRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_StatusResponse__Output>;
  
  WatchTorrent(argument: _ocitorrent_v1_GetTorrentRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_WatchTorrentResponse__Output>;
  WatchTorrent(argument: _ocitorrent_v1_GetTorrentRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_WatchTorrentResponse__Output>;
  watchTorrent(argument: _ocitorrent_v1_GetTorrentRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_WatchTorrentResponse__Output>;
  watchTorrent(argument: _ocitorrent_v1_GetTorrentRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ocitorrent_v1_WatchTorrentResponse__Output>;
  
}

export interface OciTorrentHandlers extends grpc.UntypedServiceImplementation {
  Explain: grpc.handleUnaryCall<_ocitorrent_v1_ExplainRequest__Output, _ocitorrent_v1_ExplainResponse>;
  
  Export: grpc.handleServerStreamingCall<_ocitorrent_v1_ExportRequest__Output, _ocitorrent_v1_ProgressEvent>;
  
  GetBlob: grpc.handleServerStreamingCall<_ocitorrent_v1_GetBlobRequest__Output, _ocitorrent_v1_BlobChunk>;
  
  GetTorrent: grpc.handleUnaryCall<_ocitorrent_v1_GetTorrentRequest__Output, _ocitorrent_v1_GetTorrentResponse>;
  
  GetVersion: grpc.handleUnaryCall<_ocitorrent_v1_GetVersionRequest__Output, _ocitorrent_v1_GetVersionResponse>;
  
  Import: grpc.handleServerStreamingCall<_ocitorrent_v1_ImportRequest__Output, _ocitorrent_v1_ProgressEvent>;
  
  ListImages: grpc.handleUnaryCall<_ocitorrent_v1_ListImagesRequest__Output, _ocitorrent_v1_ListImagesResponse>;
  
  RemoveImage: grpc.handleUnaryCall<_ocitorrent_v1_RemoveImageRequest__Output, _ocitorrent_v1_RemoveImageResponse>;
  
  Resolve: grpc.handleUnaryCall<_ocitorrent_v1_ResolveRequest__Output, _ocitorrent_v1_ResolveResponse>;
  
  StartDownload: grpc.handleServerStreamingCall<_ocitorrent_v1_StartDownloadRequest__Output, _ocitorrent_v1_ProgressEvent>;
  
  Status: grpc.handleUnaryCall<_ocitorrent_v1_StatusRequest__Output, _ocitorrent_v1_StatusResponse>;
  
  StopDownload: grpc.handleUnaryCall<_ocitorrent_v1_StopDownloadRequest__Output, _ocitorrent_v1_StopDownloadResponse>;
  
  Verify: grpc.handleServerStreamingCall<_ocitorrent_v1_VerifyRequest__Output, _ocitorrent_v1_VerifyResponse>;
  
  WatchStatus: grpc.handleServerStreamingCall<_ocitorrent_v1_StatusRequest__Output, _ocitorrent_v1_StatusResponse>;
  
  WatchTorrent: grpc.handleServerStreamingCall<_ocitorrent_v1_GetTorrentRequest__Output, _ocitorrent_v1_WatchTorrentResponse>;
  
}

export interface OciTorrentDefinition extends grpc.ServiceDefinition {
  Explain: MethodDefinition<_ocitorrent_v1_ExplainRequest, _ocitorrent_v1_ExplainResponse, _ocitorrent_v1_ExplainRequest__Output, _ocitorrent_v1_ExplainResponse__Output>
  Export: MethodDefinition<_ocitorrent_v1_ExportRequest, _ocitorrent_v1_ProgressEvent, _ocitorrent_v1_ExportRequest__Output, _ocitorrent_v1_ProgressEvent__Output>
  GetBlob: MethodDefinition<_ocitorrent_v1_GetBlobRequest, _ocitorrent_v1_BlobChunk, _ocitorrent_v1_GetBlobRequest__Output, _ocitorrent_v1_BlobChunk__Output>
  GetTorrent: MethodDefinition<_ocitorrent_v1_GetTorrentRequest, _ocitorrent_v1_GetTorrentResponse, _ocitorrent_v1_GetTorrentRequest__Output, _ocitorrent_v1_GetTorrentResponse__Output>
  GetVersion: MethodDefinition<_ocitorrent_v1_GetVersionRequest, _ocitorrent_v1_GetVersionResponse, _ocitorrent_v1_GetVersionRequest__Output, _ocitorrent_v1_GetVersionResponse__Output>
  Import: MethodDefinition<_ocitorrent_v1_ImportRequest, _ocitorrent_v1_ProgressEvent, _ocitorrent_v1_ImportRequest__Output, _ocitorrent_v1_ProgressEvent__Output>
  ListImages: MethodDefinition<_ocitorrent_v1_ListImagesRequest, _ocitorrent_v1_ListImagesResponse, _ocitorrent_v1_ListImagesRequest__Output, _ocitorrent_v1_ListImagesResponse__Output>
  RemoveImage: MethodDefinition<_ocitorrent_v1_RemoveImageRequest, _ocitorrent_v1_RemoveImageResponse, _ocitorrent_v1_RemoveImageRequest__Output, _ocitorrent_v1_RemoveImageResponse__Output>
  Resolve: MethodDefinition<_ocitorrent_v1_ResolveRequest, _ocitorrent_v1_ResolveResponse, _ocitorrent_v1_ResolveRequest__Output, _ocitorrent_v1_ResolveResponse__Output>
  StartDownload: MethodDefinition<_ocitorrent_v1_StartDownloadRequest, _ocitorrent_v1_ProgressEvent, _ocitorrent_v1_StartDownloadRequest__Output, _ocitorrent_v1_ProgressEvent__Output>
  Status: MethodDefinition<_ocitorrent_v1_StatusRequest, _ocitorrent_v1_StatusResponse, _ocitorrent_v1_StatusRequest__Output, _ocitorrent_v1_StatusResponse__Output>
  StopDownload: MethodDefinition<_ocitorrent_v1_StopDownloadRequest, _ocitorrent_v1_StopDownloadResponse, _ocitorrent_v1_StopDownloadRequest__Output, _ocitorrent_v1_StopDownloadResponse__Output>
  Verify: MethodDefinition<_ocitorrent_v1_VerifyRequest, _ocitorrent_v1_VerifyResponse, _ocitorrent_v1_VerifyRequest__Output, _ocitorrent_v1_VerifyResponse__Output>
  WatchStatus: MethodDefinition<_ocitorrent_v1_StatusRequest, _ocitorrent_v1_StatusResponse, _ocitorrent_v1_StatusRequest__Output, _ocitorrent_v1_StatusResponse__Output>
  WatchTorrent: MethodDefinition<_ocitorrent_v1_GetTorrentRequest, _ocitorrent_v1_WatchTorrentResponse, _ocitorrent_v1_GetTorrentRequest__Output, _ocitorrent_v1_WatchTorrentResponse__Output>
}
