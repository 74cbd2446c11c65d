import {
  type Digest,
  formatPlatform,
  formatReference,
  OciError,
  parsePlatform,
} from "../../oci/index.ts";
import type { Resolution, ResolvedImage } from "../decide/world.ts";
import type { Failure } from "./failure.ts";
import { type ImageQuestion, sameness } from "./image-question.ts";
import type { ImageDocuments } from "./read-image.ts";
import type { FoundImage } from "./resolve-image.ts";

/** What is known of a distribution's image, for the question that it answers. */
export type KnownImage = {
  readonly image: ResolvedImage;
  readonly documents: ImageDocuments;
  readonly answers: ImageQuestion;
};

export type FailedTry = Failure & {
  readonly question: ImageQuestion;
  /** In a row, with this question. */
  readonly failures: number;
  readonly retryAt: number;
};

export type ResolveMemory = {
  readonly known: KnownImage | undefined;
  /** The last try, where it came to nothing. */
  readonly failed: FailedTry | undefined;
};

export type ResolveStep =
  | { readonly do: "rest" }
  | { readonly do: "wait"; readonly until: number }
  /** `pinned`: what it is to be still; without it the reference is looked up. */
  | { readonly do: "resolve"; readonly pinned: Digest | undefined };

/** Pure. @param now by the clock of `retryAt` */
export function decideResolve(
  { known, failed }: ResolveMemory,
  question: ImageQuestion,
  now: number,
): ResolveStep {
  const current = isAbout(known, question) ? known : undefined;
  if (current !== undefined && hasAll(current, question)) return { do: "rest" };
  if (isTried(failed, question) && now < failed.retryAt)
    return { do: "wait", until: failed.retryAt };
  return { do: "resolve", pinned: current?.image.digest ?? pinnedBefore(question) };
}

/** What to decide with about the distribution: its tag may move and its registry go away, and what is known stays. */
export function resolutionOf(
  { known, failed }: ResolveMemory,
  question: ImageQuestion,
): Resolution {
  const image = isSameName(known, question) ? known.image : lastBefore(question)?.image;
  if (isTried(failed, question) && (image === undefined || isAboutImage(failed))) {
    const { reason, message } = failed;
    return { state: "failed", reason, message };
  }
  if (image === undefined) return { state: "wanted" };
  return { state: "done", image: wantedPart(image, question) };
}

/** The image as it is remembered, once it was found. @param now since 1970 */
export function knownFrom(
  { known }: ResolveMemory,
  question: ImageQuestion,
  pinned: Digest | undefined,
  found: { readonly image: FoundImage; readonly documents: ImageDocuments },
  now: number,
): KnownImage {
  const last = isSameName(known, question) ? known.image : lastBefore(question);
  const isMoved = last !== undefined && last.digest !== found.image.digest;
  const { refresh } = question;
  const told =
    pinned === undefined
      ? { resolvedAt: now, movedFrom: isMoved ? last.digest : undefined }
      : { resolvedAt: last?.resolvedAt ?? now, movedFrom: last?.movedFrom };
  const { image, documents } = found;
  return { image: { ...image, refresh, ...told }, documents, answers: question };
}

/** Failures in a row with this question. */
export const failuresSoFar = ({ failed }: ResolveMemory, question: ImageQuestion): number =>
  isTried(failed, question) ? failed.failures : 0;

const isTried = (failed: FailedTry | undefined, question: ImageQuestion): failed is FailedTry =>
  failed !== undefined && sameness(failed.question) === sameness(question);

const isSameName = (
  known: KnownImage | undefined,
  { reference }: ImageQuestion,
): known is KnownImage => known?.image.reference === formatReference(reference);

const isAbout = (known: KnownImage | undefined, question: ImageQuestion): known is KnownImage =>
  isSameName(known, question) && known.image.refresh === question.refresh;

/** Whether all was asked for that is wanted now. What the spec wants must be there too. */
function hasAll({ image, answers }: KnownImage, { wanted }: ImageQuestion): boolean {
  const there = image.platforms.map(({ platform }) => platform);
  const asked = wanted.of === "spec" ? [] : namesOf(answers.wanted.platforms);
  return namesOf(wanted.platforms).every((name) => there.includes(name) || asked.includes(name));
}

/** As resolved images name them; what is none is left out. */
const namesOf = (platforms: readonly string[]): readonly string[] =>
  platforms.flatMap((text) => {
    try {
      return [formatPlatform(parsePlatform(text))];
    } catch (error) {
      if (error instanceof OciError) return [];
      throw error;
    }
  });

/** Without the platforms of nodes that are gone. */
function wantedPart(image: ResolvedImage, { wanted }: ImageQuestion): ResolvedImage {
  const names = namesOf(wanted.platforms);
  return {
    ...image,
    platforms: image.platforms.filter(({ platform }) => names.includes(platform)),
  };
}

const isAboutImage = ({ reason }: Failure): boolean =>
  reason === "PlatformMissing" || reason === "TooLarge" || reason === "ForeignLayer";

const lastBefore = ({ before, reference }: ImageQuestion) =>
  before?.reference === formatReference(reference)
    ? { ...before, movedFrom: undefined }
    : undefined;

function pinnedBefore(question: ImageQuestion): Digest | undefined {
  const last = lastBefore(question);
  return last?.refresh === question.refresh ? last?.digest : undefined;
}
