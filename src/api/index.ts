export {
  type Address,
  AddressError,
  formatAddress,
  hostAndPort,
  isLoopback,
  parseAddress,
} from "./address.ts";
export {
  type Call,
  type ClientTls,
  clientStream,
  connectDaemon,
  connected,
  connectSocket,
  type Exchange,
  exchange,
  serverStream,
  unary,
} from "./client.ts";
export type { HealthHandlers } from "./generated/grpc/health/v1/Health.ts";
export type {
  ImageDistribution,
  ImageDistributionSpec,
  ImageDistributionStatus,
} from "./generated/kubernetes/image-distribution.ts";
export type {
  NodeImageSet,
  NodeImageSetSpec,
  NodeImageSetStatus,
} from "./generated/kubernetes/node-image-set.ts";
export type { ImportedBlob__Output as ImportedBlob } from "./generated/ocitorrent/runtime/v1/ImportedBlob.ts";
export type {
  ImportRequest as RuntimeImportRequest,
  ImportRequest__Output as RuntimeImportRequest__Output,
} from "./generated/ocitorrent/runtime/v1/ImportRequest.ts";
export type { LoadRequest__Output as LoadRequest } from "./generated/ocitorrent/runtime/v1/LoadRequest.ts";
export type { MirrorAccess__Output as MirrorAccess } from "./generated/ocitorrent/runtime/v1/MirrorAccess.ts";
export type { NamedImage__Output as NamedImage } from "./generated/ocitorrent/runtime/v1/NamedImage.ts";
export type { Probe__Output as Probe } from "./generated/ocitorrent/runtime/v1/Probe.ts";
export type { Runtime__Output as Runtime } from "./generated/ocitorrent/runtime/v1/Runtime.ts";
export type { RuntimeHelperHandlers } from "./generated/ocitorrent/runtime/v1/RuntimeHelper.ts";
export type { ControllerHandlers } from "./generated/ocitorrent/session/v1/Controller.ts";
export type {
  FromAgent,
  FromAgent__Output,
} from "./generated/ocitorrent/session/v1/FromAgent.ts";
export type {
  SignAgentRequest,
  SignAgentRequest__Output,
} from "./generated/ocitorrent/session/v1/SignAgentRequest.ts";
export type { ToAgent, ToAgent__Output } from "./generated/ocitorrent/session/v1/ToAgent.ts";
export type { BlobChunk, BlobChunk__Output } from "./generated/ocitorrent/v1/BlobChunk.ts";
export type { Credential, Credential__Output } from "./generated/ocitorrent/v1/Credential.ts";
export type { Descriptor, Descriptor__Output } from "./generated/ocitorrent/v1/Descriptor.ts";
export type {
  ExplainRequest,
  ExplainRequest__Output,
} from "./generated/ocitorrent/v1/ExplainRequest.ts";
export type {
  ExplainResponse,
  ExplainResponse__Output,
} from "./generated/ocitorrent/v1/ExplainResponse.ts";
export type {
  ExportRequest,
  ExportRequest__Output,
} from "./generated/ocitorrent/v1/ExportRequest.ts";
export type { Finding, Finding__Output } from "./generated/ocitorrent/v1/Finding.ts";
export type {
  GetBlobRequest,
  GetBlobRequest__Output,
} from "./generated/ocitorrent/v1/GetBlobRequest.ts";
export type {
  GetTorrentRequest,
  GetTorrentRequest__Output,
} from "./generated/ocitorrent/v1/GetTorrentRequest.ts";
export type {
  GetTorrentResponse,
  GetTorrentResponse__Output,
} from "./generated/ocitorrent/v1/GetTorrentResponse.ts";
export type {
  GetVersionRequest,
  GetVersionRequest__Output,
} from "./generated/ocitorrent/v1/GetVersionRequest.ts";
export type {
  GetVersionResponse,
  GetVersionResponse__Output,
} from "./generated/ocitorrent/v1/GetVersionResponse.ts";
export type { Image, Image__Output } from "./generated/ocitorrent/v1/Image.ts";
export type { ImageState__Output as ImageState } from "./generated/ocitorrent/v1/ImageState.ts";
export type { ImageStatus, ImageStatus__Output } from "./generated/ocitorrent/v1/ImageStatus.ts";
export type {
  ImportRequest,
  ImportRequest__Output,
} from "./generated/ocitorrent/v1/ImportRequest.ts";
export type {
  LayerExplanation,
  LayerExplanation__Output,
} from "./generated/ocitorrent/v1/LayerExplanation.ts";
export type { LayerState__Output as LayerState } from "./generated/ocitorrent/v1/LayerState.ts";
export type { LayerStatus, LayerStatus__Output } from "./generated/ocitorrent/v1/LayerStatus.ts";
export type {
  ListImagesRequest,
  ListImagesRequest__Output,
} from "./generated/ocitorrent/v1/ListImagesRequest.ts";
export type {
  ListImagesResponse,
  ListImagesResponse__Output,
} from "./generated/ocitorrent/v1/ListImagesResponse.ts";
export type { OciTorrentHandlers } from "./generated/ocitorrent/v1/OciTorrent.ts";
export type { PeerLink, PeerLink__Output } from "./generated/ocitorrent/v1/PeerLink.ts";
export type { Platform, Platform__Output } from "./generated/ocitorrent/v1/Platform.ts";
export type {
  ProgressEvent,
  ProgressEvent__Output,
} from "./generated/ocitorrent/v1/ProgressEvent.ts";
export type {
  RemoveImageRequest,
  RemoveImageRequest__Output,
} from "./generated/ocitorrent/v1/RemoveImageRequest.ts";
export type {
  RemoveImageResponse,
  RemoveImageResponse__Output,
} from "./generated/ocitorrent/v1/RemoveImageResponse.ts";
export type {
  ResolveRequest,
  ResolveRequest__Output,
} from "./generated/ocitorrent/v1/ResolveRequest.ts";
export type {
  ResolveResponse,
  ResolveResponse__Output,
} from "./generated/ocitorrent/v1/ResolveResponse.ts";
export type { Source__Output as Source } from "./generated/ocitorrent/v1/Source.ts";
export type {
  StartDownloadRequest,
  StartDownloadRequest__Output,
} from "./generated/ocitorrent/v1/StartDownloadRequest.ts";
export type {
  StatusRequest,
  StatusRequest__Output,
} from "./generated/ocitorrent/v1/StatusRequest.ts";
export type {
  StatusResponse,
  StatusResponse__Output,
} from "./generated/ocitorrent/v1/StatusResponse.ts";
export type { Step__Output as Step } from "./generated/ocitorrent/v1/Step.ts";
export type {
  StopDownloadRequest,
  StopDownloadRequest__Output,
} from "./generated/ocitorrent/v1/StopDownloadRequest.ts";
export type {
  StopDownloadResponse,
  StopDownloadResponse__Output,
} from "./generated/ocitorrent/v1/StopDownloadResponse.ts";
export type { Totals, Totals__Output } from "./generated/ocitorrent/v1/Totals.ts";
export type {
  VerifyRequest,
  VerifyRequest__Output,
} from "./generated/ocitorrent/v1/VerifyRequest.ts";
export type {
  VerifyResponse,
  VerifyResponse__Output,
} from "./generated/ocitorrent/v1/VerifyResponse.ts";
export type { VerifyResult__Output as VerifyResult } from "./generated/ocitorrent/v1/VerifyResult.ts";
export type {
  WatchTorrentResponse,
  WatchTorrentResponse__Output,
} from "./generated/ocitorrent/v1/WatchTorrentResponse.ts";
export {
  type ConditionReason,
  DISTRIBUTION_CONDITIONS,
  type DistributionConditionType,
  NODE_CONDITIONS,
  type NodeConditionReason,
  type NodeConditionType,
  RESOLUTION_FAILURES,
  type ResolutionFailure,
  SEEDING_FAILURES,
  type SeedingFailure,
  WAITING_REASONS,
  type WaitingReason,
} from "./kubernetes-conditions.ts";
export {
  API_GROUP,
  API_VERSION,
  CA_BUNDLE_CONFIG_MAP,
  CA_SECRET,
  CONTROLLER_SERVICE,
  FIELD_MANAGERS,
  LEADER_LEASE,
  LEADER_TRAILER,
  LIFECYCLE_TAINT_PREFIX,
  LONGEST_REFRESH,
  PLURALS,
  REFRESH_ANNOTATION,
  SESSION_AUDIENCE,
  TOKEN_EXTRA,
} from "./kubernetes-names.ts";
export type { KubernetesObject, ObjectMeta, OwnerReference } from "./kubernetes-object.ts";
export type {
  ByteCounts,
  Condition,
  DistributionSummary,
  FailureEntry,
  HeldImage,
  HeldLayer,
  LabelRequirement,
  LabelSelector,
  LayerEntry,
  NodeCounts,
  NodeImageState,
  ReasonCount,
  Resolved,
  SeederEntry,
  Toleration,
  WantedImage,
} from "./kubernetes-types.ts";
export { RenewableCredentials, type ServerIdentity } from "./renewable-credentials.ts";
export {
  ControllerClient,
  containerdContentMethods,
  containerdImageMethods,
  containerdLeaseMethods,
  controllerMethods,
  criImageMethods,
  criRuntimeMethods,
  healthMethods,
  MAX_MESSAGE_BYTES,
  methods,
  packageDefinition,
  runtimeHelperMethods,
} from "./service.ts";
export { type Digest, MessageError, toSentence } from "./session/fields.ts";
export {
  type AgentMessage,
  type AssignedRevision,
  type Coverage,
  formatFromAgent,
  type Heartbeat,
  type HeldBlob,
  type Hello,
  IMAGE_STATES,
  type LayerProgress,
  type LeaseReport,
  MOST_HELD,
  MOST_IMAGES,
  MOST_PIECES,
  type Progress,
  parseFromAgent,
  type RegistryCheck,
  type SourceBytes,
  type Store,
} from "./session/from-agent.ts";
export {
  type Assign,
  type AssignedBlob,
  type Bundle,
  type ControllerMessage,
  formatToAgent,
  type ImageLimits,
  type Issuer,
  type Lease,
  type Limits,
  MOST_DOCUMENT_BYTES,
  type Pace,
  type Peers,
  parseToAgent,
  type Rates,
  type RegistryCredential,
  type RegistryLogin,
  type Release,
  type Revoke,
  STATUS_SECONDS,
  type Trackers,
} from "./session/from-controller.ts";
export {
  parseSignedAgent,
  parseSigningRequest,
  type SignedAgent,
  type SigningRequest,
} from "./session/signing.ts";
