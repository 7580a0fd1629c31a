import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import * as errors from "../handlers/errors.ts";
import { services, type ApiOperation, type Service } from "../server/api/model.ts";
import { parseForm, parseInput } from "../server/query.ts";
import { validate } from "../server/validate.ts";
import { renderError, renderResponse } from "../server/xml.ts";
import { filled } from "./filled.ts";

const REQUEST_ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const SDKS: Readonly<Record<Service["name"], any>> = { iam, sts };

/** What the server understood of the last request, and its answer to the next one. */
let received: { operation: string; input: object } | undefined;
let answer: (operation: ApiOperation) => { status: number; body: string };

const clients: Partial<Record<Service["name"], any>> = {};

async function respond(request: IncomingMessage): Promise<{ status: number; body: string }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const form = parseForm(Buffer.concat(chunks).toString("utf8"));
  const operation = services.get(form.get("Version")!)!.operations.get(form.get("Action")!)!;
  const input = parseInput(operation.input, form);
  validate(operation, input);
  received = { operation: operation.name, input };
  return answer(operation);
}

async function send(operation: ApiOperation, input: object): Promise<any> {
  const { name } = operation.service;
  return await clients[name].send(new SDKS[name][`${operation.name}Command`](input));
}

describe("the real SDK", () => {
  let server: Server;

  before(async () => {
    server = createServer(async (request, response) => {
      const { status, body } = await respond(request).catch((error: unknown) => ({ status: 500, body: String(error) }));
      response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": REQUEST_ID });
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const options = {
      endpoint: `http://127.0.0.1:${port}`,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
    };
    clients.iam = new iam.IAMClient(options);
    clients.sts = new sts.STSClient(options);
  });

  after(() => {
    for (const client of Object.values(clients)) client.destroy();
    server.close();
  });

  for (const service of services.values()) {
    describe(`client of ${service.name}`, () => {
      it("has the operations of the model, and no others", () => {
        const commands = Object.keys(SDKS[service.name]).filter((name) => /^[A-Z]\w*Command$/.test(name));
        assert.deepEqual(
          commands.map((name) => name.slice(0, -"Command".length)).sort(),
          [...service.operations.keys()].sort(),
        );
      });

      for (const operation of service.operations.values()) {
        it(`is understood, and understands the answer, for ${operation.name}`, async () => {
          const input = filled(operation.input);
          const output = operation.output ? filled(operation.output) : {};
          answer = () => ({ status: 200, body: renderResponse(operation, output, REQUEST_ID) });
          const { $metadata, ...returned } = await send(operation, input);
          assert.deepEqual(received, { operation: operation.name, input });
          assert.deepEqual(returned, output);
          assert.equal($metadata.requestId, REQUEST_ID);
        });
      }

      for (const { code, status, exception } of service.errors.values()) {
        it(`throws ${exception} for ${code}`, async () => {
          const wireMessage = `It's <not> "possible" & won't be.  Go away.`;
          answer = () => ({ status, body: renderError(service.namespace, { code, status, wireMessage }, REQUEST_ID) });
          const operation = service.operations.get(service.name === "iam" ? "GetUser" : "GetCallerIdentity")!;
          await assert.rejects(send(operation, {}), (error: any) => {
            assert.ok(error instanceof SDKS[service.name][exception]);
            assert.equal(error.name, exception);
            assert.equal(error.message, wireMessage);
            assert.equal(error.$metadata.httpStatusCode, status);
            assert.equal(error.$fault, status < 500 ? "client" : "server");
            return true;
          });
        });
      }
    });
  }
});

describe("handlers/errors.ts", () => {
  for (const [name, create] of Object.entries(errors)) {
    if (create === errors.WireError) continue;
    it(`names ${name} by its code, with the model's status`, () => {
      const { code, status } = (create as (message?: string) => errors.WireError)();
      assert.equal(code, name);
      for (const service of services.values()) {
        const modelled = service.errors.get(code);
        if (modelled) assert.equal(status, modelled.status);
      }
    });
  }
});
