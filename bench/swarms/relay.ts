// Lets who shares a file system with this host, but not its network, reach servers there:
//   relay.ts DIRECTORY HOST:PORT...    listens on DIRECTORY/HOST.sock for each
import { connect, createServer } from "node:net";
import { join } from "node:path";

const [directory = "", ...targets] = process.argv.slice(2);
const listening = targets.map(async (target) => {
  const [host = "", port = ""] = target.split(":");
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    near.pipe(far).pipe(near);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(join(directory, `${host}.sock`), resolve));
});
await Promise.all(listening);
console.log("relaying");
