import type { ProgressEvent__Output, StartDownloadRequest } from "../../api/index.ts";
import { readCredential, whyNotLogin } from "../credentials-input.ts";
import type { CommandDeps } from "../deps.ts";
import { CtrError, EXIT, type ExitCode } from "../errors.ts";
import { followProgress } from "../follow-progress.ts";
import { type ImageArgument, parseImage } from "../image-argument.ts";
import type { StartInvocation } from "../invocation.ts";
import { writeLines } from "../output.ts";

export async function start(options: StartInvocation, deps: CommandDeps): Promise<ExitCode> {
  const image = parseImage(options.image);
  const request = await startRequest(options, image, deps);
  const { daemon, stdout } = deps;
  const events = daemon.follow(daemon.methods.StartDownload, request);
  const until = options.detach ? isKnown : undefined;
  const view = await followProgress(events, options.progress, image.shown, deps, until).catch(
    (error: unknown) => {
      throw error === deps.signal.reason ? goesOn(error, image) : error;
    },
  );
  if (options.progress === "quiet") {
    writeLines(stdout, [view.digest ?? (await digestOf(image, deps))]);
  } else if (options.detach && options.progress !== "json" && !view.done) {
    writeLines(stdout, [`${image.shown} goes on in the daemon: see "oci-torrent-ctr status"`]);
  }
  return EXIT.ok;
}

const isKnown = ({ step }: ProgressEvent__Output): boolean => step === "STEP_START_IMAGE";

async function startRequest(
  options: StartInvocation,
  image: ImageArgument,
  deps: CommandDeps,
): Promise<StartDownloadRequest> {
  const why = whyNotLogin(options.login);
  if (why !== undefined) throw new CtrError("USAGE", why);
  if (!deps.daemon.keepsSecrets && Object.keys(options.login).length > 0) {
    throw new CtrError(
      "USAGE",
      `refusing to send a password in clear text to ${deps.daemon.name}: give --tls-ca, or run this on the daemon's own machine`,
    );
  }
  const credential = await readCredential(options.login, image, deps);
  return {
    reference: image.reference,
    platforms: [...options.platforms],
    allPlatforms: options.allPlatforms,
    waitSeconds: Math.ceil(options.waitMs / 1_000),
    ...(credential === undefined ? {} : { credential }),
  };
}

/** The user stopped watching; the daemon did not stop. */
function goesOn(error: unknown, image: ImageArgument): unknown {
  if (!(error instanceof CtrError)) return error;
  const name = image.shown.replace("docker://", "");
  return new CtrError(
    error.code,
    `${error.message}: the transfer of ${image.shown} goes on in the daemon; "oci-torrent-ctr stop ${name}" ends it`,
    { cause: error },
  );
}

async function digestOf({ reference }: ImageArgument, { daemon }: CommandDeps): Promise<string> {
  return (await daemon.ask(daemon.methods.Resolve, { reference })).digest;
}
