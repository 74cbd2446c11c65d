import { credentials, Metadata } from "@grpc/grpc-js";
import { ControllerClient, MAX_MESSAGE_BYTES } from "../../api/index.ts";

/** How this agent knows the controllers, and how they know it. Both are read anew each time: they are renewed in place. */
export type ControllerAccess = {
  /** The name in the controllers' certificates; they are dialled by address. */
  readonly serverName: string;
  /** The authorities that those may come from, as PEM. */
  readBundle(): Promise<string>;
  /** The token that the pod has for the audience oci-torrent. */
  readToken(): Promise<string>;
};

export type ControllerChannel = InstanceType<typeof ControllerClient>;

const OPTIONS = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  // A controller that vanished without a word is found within 15 s.
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.enable_http_proxy": 0,
};

/** Close it when done. The token goes with each call, and over TLS alone. */
export async function openChannel(
  address: string,
  access: ControllerAccess,
): Promise<ControllerChannel> {
  const tls = credentials.createSsl(Buffer.from(await access.readBundle()));
  const token = credentials.createFromMetadataGenerator((_, give) => {
    access.readToken().then(
      (text) => {
        const metadata = new Metadata();
        metadata.set("authorization", `Bearer ${text.trim()}`);
        give(null, metadata);
      },
      (error: unknown) => give(error as Error),
    );
  });
  return new ControllerClient(address, credentials.combineChannelCredentials(tls, token), {
    ...OPTIONS,
    "grpc.ssl_target_name_override": access.serverName,
    "grpc.default_authority": access.serverName,
  });
}
