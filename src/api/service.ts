import { loadPackageDefinition } from "@grpc/grpc-js";
import { fromJSON, type PackageDefinition } from "@grpc/proto-loader";
import type { ProtoGrpcType as ContentPackage } from "./generated/containerd_content.ts";
import type { ProtoGrpcType as ImagesPackage } from "./generated/containerd_images.ts";
import type { ProtoGrpcType as LeasesPackage } from "./generated/containerd_leases.ts";
import type { ProtoGrpcType as CriPackage } from "./generated/cri.ts";
import type { ProtoGrpcType as HealthPackage } from "./generated/health.ts";
import type { ProtoGrpcType as OciTorrentPackage } from "./generated/oci_torrent.ts";
import protos from "./generated/protos.json" with { type: "json" };
import type { ProtoGrpcType as RuntimePackage } from "./generated/runtime.ts";
import type { ProtoGrpcType as SessionPackage } from "./generated/session.ts";

/** Every service and message of ours, decoded with these options on both ends: 64-bit integers are numbers, enums are their names. */
export const packageDefinition: PackageDefinition = fromJSON(
  protos as unknown as Parameters<typeof fromJSON>[0],
  {
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  },
);

const packages = loadPackageDefinition(packageDefinition) as unknown as OciTorrentPackage &
  SessionPackage &
  HealthPackage &
  RuntimePackage &
  CriPackage &
  ImagesPackage &
  ContentPackage &
  LeasesPackage;

export const OciTorrentClient = packages.ocitorrent.v1.OciTorrent;

/** The service's methods by name: what a server implements, and what a caller names. */
export const methods = OciTorrentClient.service;
/** The controller's service: see session.proto. */
export const ControllerClient = packages.ocitorrent.session.v1.Controller;
export const controllerMethods = ControllerClient.service;
export const healthMethods = packages.grpc.health.v1.Health.service;
/** Of the helper that loads images into a node's container runtime: see runtime.proto. */
export const runtimeHelperMethods = packages.ocitorrent.runtime.v1.RuntimeHelper.service;
/** Of the container runtime: see cri.proto and containerd_*.proto. */
export const criRuntimeMethods = packages.runtime.v1.RuntimeService.service;
export const criImageMethods = packages.runtime.v1.ImageService.service;
export const containerdImageMethods = packages.containerd.services.images.v1.Images.service;
export const containerdContentMethods = packages.containerd.services.content.v1.Content.service;
export const containerdLeaseMethods = packages.containerd.services.leases.v1.Leases.service;

/** The largest message that either end accepts. */
export const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;
