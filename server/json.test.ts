import assert from "node:assert/strict";
import { services } from "./api/model.ts";
import { prefersJson, renderJsonError, renderJsonResponse } from "./json.ts";

const ID = "01234567-89ab-cdef-0123-456789abcdef";

const operation = (name: string) => {
  for (const service of services.values()) if (service.operations.has(name)) return service.operations.get(name)!;
  throw new Error(name);
};
const resultOf = (name: string, output: object): unknown =>
  JSON.parse(renderJsonResponse(operation(name), output, ID))[`${name}Response`][`${name}Result`];

describe("An answer in JSON", () => {
  it("has the members of the XML, and the request's id", () => {
    const output = { Arn: "a", UserId: "u", Account: "1" };
    assert.deepEqual(JSON.parse(renderJsonResponse(operation("GetCallerIdentity"), output, ID)), {
      GetCallerIdentityResponse: { GetCallerIdentityResult: output, ResponseMetadata: { RequestId: ID } },
    });
  });

  it("has no result where the operation has none", () => {
    assert.deepEqual(JSON.parse(renderJsonResponse(operation("DeleteUser"), undefined, ID)), {
      DeleteUserResponse: { ResponseMetadata: { RequestId: ID } },
    });
  });

  it("writes times as seconds, lists as lists, and null for what is absent", () => {
    const Users = [
      { Path: "/", UserName: "u", UserId: "i", Arn: "a", CreateDate: new Date("2026-02-03T04:05:06.789Z") },
    ];
    assert.deepEqual(resultOf("ListUsers", { Users, IsTruncated: false, Secret: "s" }), {
      Users: [{ ...Users[0], CreateDate: 1770091506, PasswordLastUsed: null, PermissionsBoundary: null, Tags: null }],
      IsTruncated: false,
      Marker: null,
    });
  });

  it("writes maps as objects and bytes in base64", () => {
    assert.deepEqual(resultOf("GetAccountSummary", { SummaryMap: { Users: 0 } }), { SummaryMap: { Users: 0 } });
    const QRCodePNG = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
    const result = resultOf("CreateVirtualMFADevice", { VirtualMFADevice: { QRCodePNG } });
    assert.equal((result as { VirtualMFADevice: { QRCodePNG: string } }).VirtualMFADevice.QRCodePNG, "iVBORw==");
  });

  it("tells an error, with null where AWS has no message", () => {
    assert.deepEqual(JSON.parse(renderJsonError({ code: "C", status: 403, wireMessage: "<m>" }, ID)), {
      Error: { Code: "C", Message: "<m>", Type: "Sender" },
      RequestId: ID,
    });
    assert.deepEqual(JSON.parse(renderJsonError({ code: "C", status: 500, wireMessage: undefined }, ID)), {
      Error: { Code: "C", Message: null, Type: "Receiver" },
      RequestId: ID,
    });
  });

  for (const [accept, expected] of [
    ["application/json", true],
    ["Application/JSON; charset=utf-8", true],
    ["application/json, text/plain, */*", true],
    [undefined, false],
    ["*/*", false],
    ["text/xml, application/json", false],
    ["application/jsonp", false],
  ] as const) {
    it(`is ${expected ? "" : "not "}for who accepts ${accept ?? "nothing in particular"}`, () => {
      assert.equal(prefersJson(accept), expected);
    });
  }
});
