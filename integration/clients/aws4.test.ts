import assert from "node:assert/strict";
import aws4 from "aws4";
import { describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";

describe("a request signed by aws4", () => {
  const emu = emulator();

  /** Sends a request over a plain HTTP client, with root's keys or others. */
  function send(body: string, service: "iam" | "sts" = "sts", secretAccessKey = "test") {
    const signed = aws4.sign(
      {
        host: new URL(emu.server.endpoint).host,
        service,
        region: "us-east-1",
        method: "POST",
        path: "/",
        body,
        headers: { "X-Amz-Date": "20261124T120000Z" },
      },
      { accessKeyId: "test", secretAccessKey },
    );
    return request(emu.server.endpoint)
      .post("/")
      .set(signed.headers as Record<string, string>)
      .send(body)
      .buffer(true)
      .parse((response, done) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => done(null, text));
      });
  }

  it("is answered in XML, with a request id in body and header", async () => {
    const { body, headers, type } = await send("Action=GetCallerIdentity&Version=2011-06-15").expect(200);
    assert.equal(type, "text/xml");
    assert.match(headers["x-amzn-requestid"]!, /^[0-9a-f-]{36}$/);
    assert.equal(headers["date"], "Tue, 24 Nov 2026 12:00:00 GMT");
    assert.equal(
      body,
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <UserId>000000000000</UserId>
    <Account>000000000000</Account>
    <Arn>arn:aws:iam::000000000000:root</Arn>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>${headers["x-amzn-requestid"]}</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`,
    );
  });

  it("is refused in XML for a wrong secret", async () => {
    const { body, headers } = await send("Action=ListUsers&Version=2010-05-08", "iam", "wrong").expect(403);
    assert.equal(
      body,
      `<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
  <Error>
    <Type>Sender</Type>
    <Code>SignatureDoesNotMatch</Code>
    <Message>The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.</Message>
  </Error>
  <RequestId>${headers["x-amzn-requestid"]}</RequestId>
</ErrorResponse>
`,
    );
  });

  it("is refused where its scope names the other service", async () => {
    const { body } = await send("Action=GetCallerIdentity&Version=2011-06-15", "iam").expect(403);
    assert.match(
      body,
      /<Code>SignatureDoesNotMatch<\/Code>\s*<Message>Credential should be scoped to correct service: 'sts'\. <\/Message>/,
    );
  });
});
