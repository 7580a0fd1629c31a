import { createServer } from "node:http";

// The service behind the gate in its bench: an item to a POST, an object of a kilobyte to a GET, nothing to a PUT.
const ITEM = Buffer.from(JSON.stringify({ Item: { Id: { S: "ann" }, Text: { S: "x".repeat(200) } } }));
const OBJECT = Buffer.alloc(1024, "x");

createServer((message, response) => {
  message.resume().on("end", () => {
    if (message.method === "POST") {
      response
        .writeHead(200, { "content-type": "application/x-amz-json-1.0", "content-length": ITEM.length })
        .end(ITEM);
    } else if (message.method === "GET") {
      response.writeHead(200, { "content-type": "binary/octet-stream", "content-length": OBJECT.length }).end(OBJECT);
    } else {
      response.writeHead(200, { "content-length": 0 }).end();
    }
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
