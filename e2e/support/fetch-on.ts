import type { Host } from "./netns.ts";
import { run } from "./processes.ts";
import { nodeProgram } from "./programs.ts";

export type Fetched = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const SCRIPT = `
const { url, ...request } = JSON.parse(process.argv[1]);
const answer = await fetch(url, request);
const headers = Object.fromEntries(answer.headers);
console.log(JSON.stringify({ status: answer.status, headers, body: await answer.text() }));
`;

/** An HTTP request from a host, for servers that this process cannot reach. */
export async function fetchOn(
  on: Host,
  url: string,
  request: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Fetched> {
  const argument = JSON.stringify({ url, ...request });
  const args = ["--input-type=module", "-e", SCRIPT, argument];
  const { stdout } = await run(nodeProgram, args, { on });
  return JSON.parse(stdout) as Fetched;
}
