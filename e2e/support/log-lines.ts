import { Writable } from "node:stream";

/** What was logged, and the next line that looks like something. */
export type LogLines = {
  readonly stream: Writable;
  text(): string;
  line(like: RegExp): Promise<string>;
};

export function createLogLines(): LogLines {
  let text = "";
  const waiting: { readonly like: RegExp; readonly found: PromiseWithResolvers<string> }[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      for (const each of [...waiting]) {
        if (!each.like.test(String(chunk))) continue;
        waiting.splice(waiting.indexOf(each), 1);
        each.found.resolve(String(chunk));
      }
      done();
    },
  });
  return {
    stream,
    text: () => text,
    line(like) {
      const found = Promise.withResolvers<string>();
      waiting.push({ like, found });
      return found.promise;
    },
  };
}
