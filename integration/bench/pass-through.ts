import { createServer } from "node:http";
import { Pool } from "undici";

// The yardstick of the gate: the same client and server, and nothing between them. `node pass-through.js PORT UPSTREAM`
const [port, upstream] = process.argv.slice(2);
const pool = new Pool(upstream!);

createServer((message, response) => {
  const { method = "GET", url = "/", headers } = message;
  const { connection: _connection, "transfer-encoding": chunked, ...passing } = headers;
  const hasBody = chunked !== undefined || Number(headers["content-length"] ?? 0) > 0;
  pool
    .stream(
      { path: url, method, headers: passing, body: hasBody ? message : null },
      ({ statusCode, headers: answered }) => {
        const { connection: _own, "keep-alive": _idle, "transfer-encoding": _framing, ...rest } = answered;
        return response.writeHead(statusCode, rest);
      },
    )
    .catch(() => response.destroy());
}).listen(Number(port), "127.0.0.1");
