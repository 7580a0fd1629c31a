import { createServer } from "node:http";

// The yardstick of the bench: a node:http server that reads the body and answers with the text of GetCallerIdentity.
const BODY = Buffer.from(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <UserId>000000000000</UserId>
    <Account>000000000000</Account>
    <Arn>arn:aws:iam::000000000000:root</Arn>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>01234567-89ab-4cde-8f01-23456789abcd</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`);

createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    response.writeHead(200, { "Content-Type": "text/xml", "Content-Length": BODY.length });
    response.end(BODY);
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
