import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type ControllerMessage,
  controllerMethods,
  formatToAgent,
  parseToAgent,
} from "../../api/index.ts";
import { removeUnfinishedFiles, writeFileAtomic } from "../../runtime/index.ts";

/** What a restarted agent needs to go on without a controller. Credentials are no part of it. */
export type Remembered = Extract<ControllerMessage, { readonly kind: "assign" | "trackers" }>;

export type RememberedMessages = {
  load(): Promise<readonly Remembered[]>;
  /** In the place of an earlier assignment of the same key, or of the earlier trackers. */
  save(message: Remembered): Promise<void>;
  removeAssign(key: string): Promise<void>;
};

const { Session } = controllerMethods;
const SUFFIX = ".message";

/**
 * One file each, as the session sends it. One that cannot be read is reported to `onBad` and removed: the controller sends it
 * again.
 */
export async function openRememberedMessages(
  directory: string,
  onBad: (file: string, error: unknown) => void,
): Promise<RememberedMessages> {
  await mkdir(directory, { recursive: true });
  await removeUnfinishedFiles(directory);
  const fileOf = (message: Remembered) => join(directory, nameOf(message));
  return {
    async load() {
      const messages: Remembered[] = [];
      for (const name of (await readdir(directory)).sort()) {
        if (!name.endsWith(SUFFIX)) continue;
        const file = join(directory, name);
        try {
          const message = parse(await readFile(file));
          if (fileOf(message) !== file) throw new Error("it has the name of another");
          messages.push(message);
        } catch (error) {
          onBad(file, error);
          await rm(file, { force: true });
        }
      }
      return messages;
    },
    save: (message) =>
      writeFileAtomic(fileOf(message), Session.responseSerialize(formatToAgent(message))),
    removeAssign: (key) => rm(join(directory, assignName(key)), { force: true }),
  };
}

const nameOf = (message: Remembered): string =>
  message.kind === "trackers" ? `trackers${SUFFIX}` : assignName(message.key);

/** Not the key itself: it may be longer than a file name, and has slashes. */
const assignName = (key: string): string =>
  `assign-${createHash("sha256").update(key).digest("hex").slice(0, 32)}${SUFFIX}`;

function parse(bytes: Buffer): Remembered {
  const message = parseToAgent(Session.responseDeserialize(bytes));
  if (message?.kind === "assign" || message?.kind === "trackers") return message;
  throw new Error("it is neither an assignment nor trackers");
}
