import type { LoadableImage } from "../../src/agent/index.ts";
import type { Scope } from "../support/at-end.ts";
import { makeImage } from "../support/images.ts";
import { tempDir } from "../support/temp.ts";
import { loadable } from "./image-mirror.ts";

/** Two layers of bytes that follow from the seed. */
export const anImage = async (scope: Scope, seed: string, bytes = 300_000) =>
  loadable(
    await makeImage(tempDir(scope), {
      tag: "1",
      layers: [
        { seed: `${seed} one`, bytes, gzip: true },
        { seed: `${seed} two`, bytes: 1_000 },
      ],
    }),
  );

const HOST = "registry.example:8443";

/** As the agent would name it, of a registry that is not there: whoever asked it would fail. */
export const namesFor = ({ digest }: LoadableImage, repository = "team/app") => [
  `${HOST}/${repository}:1`,
  `${HOST}/${repository}@${digest}`,
];
