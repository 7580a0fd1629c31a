import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateUserCommand } from "@aws-sdk/client-iam";
import supertest from "supertest";
import { start } from "../../server/index.ts";
import { emulator } from "../emulator.ts";

describe("the SMS webhook", () => {
  let phone: Server;
  const url = () => `http://127.0.0.1:${(phone.address() as AddressInfo).port}/sms`;
  const options = {
    get smsWebhook() {
      return url();
    },
  };
  before(async () => {
    phone = createServer().listen(0, "127.0.0.1");
    await once(phone, "listening");
  });
  after(() => phone.close());
  const emu = emulator(options);

  it("is posted each message that a phone is sent", async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "sam" }));
    const arrives = once(phone, "request") as Promise<[IncomingMessage, import("node:http").ServerResponse]>;
    const { body } = await supertest(emu.server.endpoint)
      .post("/_emulator/sms")
      .send({ userName: "sam", phoneNumber: "+12065550100" })
      .expect(200);
    const [request, response] = await arrives;
    let text = "";
    for await (const chunk of request) text += chunk;
    response.end();
    assert.equal(request.method, "POST");
    assert.deepEqual(JSON.parse(text), { phoneNumber: "+12065550100", ...body });
  });

  it("is refused where it is neither a URL nor on this machine, unless its host was named", async () => {
    const attempt = (smsWebhook: string, allowedHosts: string[] = []) =>
      start({ port: 0, log: () => {}, smsWebhook, allowedHosts });
    await assert.rejects(attempt("phone"), {
      name: "InvalidOption",
      message: 'smsWebhook must be an http or https URL, not "phone"',
    });
    await assert.rejects(attempt("http://sms.example.com/"), {
      name: "InvalidOption",
      message: "smsWebhook: sms.example.com is not this machine; name it in --allowed-hosts to send codes there",
    });
    await (await attempt("http://sms.example.com/", ["sms.example.com"])).close();
  });
});
