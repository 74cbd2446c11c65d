// Stands in another network: whoever connects to the unix socket SOCKET is connected to HOST PORT there.
import { connect, createServer, type Socket } from "node:net";

const [path = "", host = "", port = ""] = process.argv.slice(2);

function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  one.on("error", () => other.destroy()).on("close", () => other.destroy());
  other.on("error", () => one.destroy()).on("close", () => one.destroy());
}

createServer((client) => join(client, connect(Number(port), host))).listen(path, () =>
  console.log("forwarding"),
);
