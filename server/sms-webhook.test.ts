import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { SmsMessage } from "../data/entities/mfa.ts";
import type { Store } from "../data/store.ts";
import { smsWebhook } from "./sms-webhook.ts";

const MESSAGE: SmsMessage = {
  phoneNumber: "+12065550100",
  number: 1,
  serialNumber: "arn:aws:iam::000000000000:sms-mfa/sam",
  code: "123456",
  text: "Your AWS authentication code is 123456.",
  sentAt: Date.UTC(2026, 10, 24, 12),
  used: false,
};

describe("the SMS webhook's sender", () => {
  let phone: Server;
  let asked: string[];
  let answer: RequestListener;

  beforeEach(async () => {
    asked = [];
    phone = createServer((request, response) => {
      asked.push(request.url!);
      answer(request, response);
    }).listen(0, "127.0.0.1");
    await once(phone, "listening");
  });
  afterEach(() => phone.close());

  /** Sends the message to the phone; resolves to the line in the log. */
  const failing = (durable: () => Promise<void> = async () => {}) =>
    new Promise<string>((resolve) => {
      const url = `http://127.0.0.1:${(phone.address() as AddressInfo).port}/sms`;
      smsWebhook(url, { durable } as Store, resolve)(MESSAGE);
    });

  it("tells the log that the receiver has refused a message", async () => {
    answer = (_request, response) => response.writeHead(503).end();
    assert.equal(await failing(), "iam-local: the SMS webhook was not told of a message: it answered 503");
  });

  it("follows no redirect, which could lead a code off this machine", async () => {
    answer = (_request, response) => response.writeHead(307, { Location: "/elsewhere" }).end();
    assert.match(await failing(), /^iam-local: the SMS webhook was not told of a message: fetch failed$/);
    assert.deepEqual(asked, ["/sms"]);
  });

  it("sends no code that could not be stored", async () => {
    answer = (_request, response) => response.end();
    const line = await failing(() => Promise.reject(new Error("the disk is full")));
    assert.equal(line, "iam-local: the SMS webhook was not told of a message: the disk is full");
    assert.deepEqual(asked, []);
  });

  it("sends nothing where no address was given", () => {
    let begun = false;
    const durable = async () => void (begun = true);
    smsWebhook(undefined, { durable } as unknown as Store)(MESSAGE);
    assert.ok(!begun);
  });
});
