import type { ImageDistributionStatus, RegistryCredential } from "../../api/index.ts";
import { type Clock, type Component, type Log, runAll } from "../../runtime/index.ts";
import type { Distribution, Resolution } from "../decide/world.ts";
import type { WorkFailure } from "../queue/work-queue.ts";
import type { ImageSource, ResolveDeps } from "./ask-with-logins.ts";
import { type ImageQuestion, questionOf } from "./image-question.ts";
import { pullCredential } from "./pull-credential.ts";
import { createPullCredentials } from "./pull-credentials.ts";
import type { ImageDocuments } from "./read-image.ts";
import { createResolutions } from "./resolutions.ts";
import { resolveImage } from "./resolve-image.ts";

export type ImageLookupDeps = ResolveDeps & {
  readonly clock: Clock;
  /** The time of day. */
  readonly today: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  /** The distribution with this key is to be looked at again. */
  readonly onImage: (key: string) => void;
  /** Who fetches for the distribution with this key is to be told what to show the registry. */
  readonly onCredential: (key: string) => void;
  /** Whether somebody fetches from the registry for the distribution with this key. */
  readonly isFetching: (key: string) => boolean;
};

/** What images are, and what lets nodes fetch them: found out while nobody waits. For one term of leading. */
export type ImageLookup = Component & {
  /** What is known now; where that is not all, `onImage` is called once there is more. The spec can be used. */
  of(
    distribution: Distribution,
    status: ImageDistributionStatus,
    targetPlatforms: Iterable<string>,
  ): Resolution;
  /** Undefined while they are not known. */
  documents(key: string): ImageDocuments | undefined;
  /** Undefined where nothing is needed, or nothing is known yet: then `onCredential` is called once there is. */
  credential(key: string): RegistryCredential | undefined;
  /** The distribution is no more. */
  forget(key: string): void;
};

type Asked = { readonly question: ImageQuestion; readonly resolution: Resolution };

export function createImageLookup(deps: ImageLookupDeps): ImageLookup {
  const { clock, today, random } = deps;
  const asked = new Map<string, Asked>();
  const onFailure = (failure: WorkFailure) =>
    deps.log.warn("an image could not be looked up", { ...failure });
  const resolutions = createResolutions({
    ...{ clock, today, random, onFailure },
    resolve: (request, signal) => resolveImage(deps, request, signal),
    onChange: deps.onImage,
  });
  const credentials = createPullCredentials({
    ...{ clock, today, random, onFailure },
    obtain: async (source, signal) => {
      const crediting = await pullCredential(deps, source, signal);
      if (crediting.state === "failed") {
        const { reason, message } = crediting;
        deps.log.warn("seeders get nothing to show their registry", { reason, message });
      }
      return crediting;
    },
    onChange: deps.onCredential,
    isNeeded: deps.isFetching,
  });
  return {
    name: "image lookup",
    of(distribution, status, targetPlatforms) {
      const { key } = distribution;
      const question = questionOf(distribution, status, targetPlatforms);
      const resolution = resolutions.ask(key, question);
      asked.set(key, { question, resolution });
      return resolution;
    },
    documents: (key) => resolutions.documents(key),
    credential(key) {
      const source = sourceOf(asked.get(key));
      if (source === undefined) return undefined;
      const known = credentials.ask(key, source);
      return known.state === "done" ? known.credential : undefined;
    },
    forget(key) {
      asked.delete(key);
      resolutions.forget(key);
      credentials.forget(key);
    },
    async run(signal) {
      await runAll(
        [
          { name: "resolutions", run: resolutions.run },
          { name: "pull credentials", run: credentials.run },
        ],
        signal,
      );
    },
  };
}

/** Undefined where nothing has to be shown. */
function sourceOf(asked: Asked | undefined): ImageSource | undefined {
  if (asked?.resolution.state !== "done") return undefined;
  const { access, digest } = asked.resolution.image;
  if (access === "Public") return undefined;
  const { namespace, imagePullSecrets, serviceAccountName, reference } = asked.question;
  return { namespace, imagePullSecrets, serviceAccountName, reference, pinned: digest };
}
