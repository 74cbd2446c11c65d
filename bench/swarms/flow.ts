// One TCP stream, to see what a shaped link carries. Run on two hosts:
//   flow.ts receive HOST PORT          prints the bytes per second, from the first byte to the last
//   flow.ts send HOST PORT SECONDS
import { connect, createServer } from "node:net";

const CHUNK = Buffer.alloc(1 << 18);
const [role, host = "", port = "", seconds = ""] = process.argv.slice(2);

function receive(): void {
  const server = createServer((socket) => {
    let bytes = 0;
    let begun: number | undefined;
    socket.on("data", (chunk) => {
      begun ??= performance.now();
      bytes += chunk.length;
    });
    socket.on("end", () => {
      const elapsed = (performance.now() - (begun ?? 0)) / 1_000;
      console.log(`rate ${(bytes / elapsed).toFixed(0)}`);
      socket.end();
      server.close();
    });
  });
  server.listen(Number(port), host, () => console.log("listening"));
}

function send(): void {
  const socket = connect(Number(port), host);
  const end = performance.now() + Number(seconds) * 1_000;
  const fill = () => {
    while (performance.now() < end) if (!socket.write(CHUNK)) return;
    socket.end();
  };
  socket.on("connect", fill).on("drain", fill).resume();
}

if (role === "receive") receive();
else send();
