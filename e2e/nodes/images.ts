import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type FileSpec, type ImageRecord, makeImage } from "../support/images.ts";
import { program } from "../support/programs.ts";

const COMMANDS = [
  "cat",
  "echo",
  "env",
  "httpd",
  "id",
  "ls",
  "mount",
  "nslookup",
  "sh",
  "sha256sum",
  "sleep",
  "wget",
];

/** A shell and a few commands, linked statically. */
export const busyboxFiles = (): FileSpec[] => [
  { name: "bin/busybox", mode: 0o755, content: readFileSync(program("busybox")) },
  ...COMMANDS.map((name) => ({ name: `bin/${name}`, linkTo: "busybox" })),
];

/** An image that holds a pod's namespaces and does nothing. */
export const makePauseImage = (directory: string): Promise<ImageRecord> =>
  makeImage(join(directory, "pause"), {
    tag: "1",
    layers: [{ files: busyboxFiles().slice(0, 1), gzip: true }],
    run: { Entrypoint: ["/bin/busybox", "sleep", "infinity"] },
  });

/** An image with a shell, to ask from inside what a pod sees. */
export const makeShellImage = (directory: string): Promise<ImageRecord> =>
  makeImage(join(directory, "shell"), {
    tag: "1",
    layers: [{ files: busyboxFiles(), gzip: true }],
    run: { Entrypoint: ["/bin/sh"], Env: ["PATH=/bin"] },
  });
