// Loaded before the tests of a mutant: one source file is read with one text in it replaced by another. Files stay as they are.
import { registerHooks } from "node:module";
import type { Mutant } from "./mutant.ts";

const text = process.env["OCI_TORRENT_MUTANT"];
const mutant = text === undefined ? undefined : (JSON.parse(text) as Mutant);

if (mutant !== undefined) {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(mutant.file) || loaded.source === undefined) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString("utf8");
      const parts = source.split(mutant.was);
      if (parts.length !== 2) throw new Error(`${mutant.was} stands ${parts.length - 1} times`);
      return { ...loaded, source: parts.join(mutant.is) };
    },
  });
}
