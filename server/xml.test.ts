import assert from "node:assert/strict";
import * as fc from "fast-check";
import { XMLBuilder, XMLParser } from "fast-xml-parser";
import * as arbitrary from "../integration/arbitrary.ts";
import { services, type ApiOperation, type Shape, type Structure } from "./api/model.ts";
import { renderError, renderResponse } from "./xml.ts";

const REQUEST_ID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
const iam = (name: string): ApiOperation => services.get("2010-05-08")!.operations.get(name)!;
const sts = (name: string): ApiOperation => services.get("2011-06-15")!.operations.get(name)!;

/** The lines of a result, without the envelope and its indentation. */
function resultOf(operation: ApiOperation, output: object): string[] {
  const lines = renderResponse(operation, output, REQUEST_ID).split("\n");
  return lines.slice(2, -6).map((line) => line.slice(4));
}

describe("renderResponse", () => {
  it("lays an answer out as AWS does", () => {
    const output = { UserId: "AIDA", Account: "000000000000", Arn: "arn:aws:iam::000000000000:user/a" };
    assert.equal(
      renderResponse(sts("GetCallerIdentity"), output, REQUEST_ID),
      [
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">',
        "  <GetCallerIdentityResult>",
        "    <UserId>AIDA</UserId>",
        "    <Account>000000000000</Account>",
        "    <Arn>arn:aws:iam::000000000000:user/a</Arn>",
        "  </GetCallerIdentityResult>",
        "  <ResponseMetadata>",
        `    <RequestId>${REQUEST_ID}</RequestId>`,
        "  </ResponseMetadata>",
        "</GetCallerIdentityResponse>",
        "",
      ].join("\n"),
    );
  });

  it("gives an operation without output no result", () => {
    assert.equal(
      renderResponse(iam("DeleteUser"), undefined, REQUEST_ID),
      [
        '<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">',
        "  <ResponseMetadata>",
        `    <RequestId>${REQUEST_ID}</RequestId>`,
        "  </ResponseMetadata>",
        "</DeleteUserResponse>",
        "",
      ].join("\n"),
    );
  });

  it("gives an operation whose output is empty an empty result", () => {
    assert.match(renderResponse(iam("UpdateRole"), undefined, REQUEST_ID), /^ {2}<UpdateRoleResult\/>$/m);
  });

  it("writes lists, structures and maps", () => {
    assert.deepEqual(resultOf(iam("ListUserTags"), { Tags: [{ Key: "k", Value: "v" }], IsTruncated: false }), [
      "<Tags>",
      "  <member>",
      "    <Key>k</Key>",
      "    <Value>v</Value>",
      "  </member>",
      "</Tags>",
      "<IsTruncated>false</IsTruncated>",
    ]);
    assert.deepEqual(resultOf(iam("GetAccountSummary"), { SummaryMap: { Users: 0 } }), [
      "<SummaryMap>",
      "  <entry>",
      "    <key>Users</key>",
      "    <value>0</value>",
      "  </entry>",
      "</SummaryMap>",
    ]);
  });

  it("writes empty lists, maps, structures and strings as empty elements", () => {
    assert.deepEqual(resultOf(iam("ListUserTags"), { Tags: [], Marker: "" }), ["<Tags/>", "<Marker/>"]);
    assert.deepEqual(resultOf(iam("GetAccountSummary"), { SummaryMap: {} }), ["<SummaryMap/>"]);
    assert.deepEqual(resultOf(iam("GetRole"), { Role: { RoleLastUsed: {} } }), [
      "<Role>",
      "  <RoleLastUsed/>",
      "</Role>",
    ]);
  });

  it("leaves out what is undefined, and what the model does not know", () => {
    assert.deepEqual(resultOf(iam("ListUserTags"), { Tags: undefined, Marker: "m", Secret: "s" }), [
      "<Marker>m</Marker>",
    ]);
  });

  it("writes times with whole seconds", () => {
    assert.deepEqual(resultOf(iam("GetUser"), { User: { CreateDate: new Date("2026-02-03T04:05:06.789Z") } }), [
      "<User>",
      "  <CreateDate>2026-02-03T04:05:06Z</CreateDate>",
      "</User>",
    ]);
  });

  it("writes times with milliseconds where AWS does", () => {
    const time = new Date("2026-02-03T04:05:06.700Z");
    assert.deepEqual(resultOf(iam("GetOpenIDConnectProvider"), { CreateDate: time }), [
      "<CreateDate>2026-02-03T04:05:06.700Z</CreateDate>",
    ]);
    assert.deepEqual(resultOf(iam("ListSAMLProviders"), { SAMLProviderList: [{ ValidUntil: time }] }), [
      "<SAMLProviderList>",
      "  <member>",
      "    <ValidUntil>2026-02-03T04:05:06.700Z</ValidUntil>",
      "  </member>",
      "</SAMLProviderList>",
    ]);
    assert.deepEqual(resultOf(sts("GetWebIdentityToken"), { Expiration: time }), [
      "<Expiration>2026-02-03T04:05:06.700Z</Expiration>",
    ]);
  });

  it("writes bytes in base64", () => {
    const VirtualMFADevice = { SerialNumber: "s", QRCodePNG: new Uint8Array([0x89, 0x50, 0x4e, 0x47]) };
    assert.deepEqual(resultOf(iam("CreateVirtualMFADevice"), { VirtualMFADevice }), [
      "<VirtualMFADevice>",
      "  <SerialNumber>s</SerialNumber>",
      "  <QRCodePNG>iVBORw==</QRCodePNG>",
      "</VirtualMFADevice>",
    ]);
  });

  for (const [rule, text, written] of [
    ["escapes markup", `<a href="x">&'</a>`, "&lt;a href=&quot;x&quot;&gt;&amp;'&lt;/a&gt;"],
    ["keeps carriage returns", "a\rb", "a&#xD;b"],
    ["keeps tabs and other planes", "a\t\u{1f511}\ud7ff\ue000\ufffd", "a\t\u{1f511}\ud7ff\ue000\ufffd"],
    ["replaces control characters", "\0\x01\x08\x0b\x0c\x1f", "\ufffd".repeat(6)],
    ["replaces halves of surrogate pairs", "a\ud83d b\udd11", "a\ufffd b\ufffd"],
    ["replaces U+FFFE and U+FFFF", "\ufffe\uffff", "\ufffd\ufffd"],
  ] as const) {
    it(rule, () => {
      assert.deepEqual(resultOf(iam("ListUserTags"), { Marker: text }), [`<Marker>${written}</Marker>`]);
    });
  }

  it("writes what an XML builder writes, for any output", () => {
    const builder = new XMLBuilder({
      format: true,
      suppressEmptyNode: true,
      attributeNamePrefix: "@",
      ignoreAttributes: false,
    });
    const strings = fc.string({ unit: fc.constantFrom("a", " ", "&", "<", ">", '"', "é", "\u{1f511}"), minLength: 1 });
    forAnyOutput(strings, (operation, output) => {
      const expected = builder.build({
        [`${operation.name}Response`]: {
          "@xmlns": operation.service.namespace,
          ...(operation.output && { [`${operation.name}Result`]: tree(operation.output, output) }),
          ResponseMetadata: { RequestId: REQUEST_ID },
        },
      });
      assert.equal(renderResponse(operation, output, REQUEST_ID), expected);
    });
  });

  it("is read back by an XML parser, for any output", () => {
    const parser = new XMLParser({
      parseTagValue: false,
      trimValues: false,
      isArray: (name) => name === "member" || name === "entry",
    });
    const markup = fc.constantFrom("&", "<", ">", '"', "'", "]]>", "&amp;", "<!--", "\n", "\t", " ");
    // The parser drops text that is only blanks.
    const strings = fc.array(fc.oneof(fc.string({ unit: "grapheme" }), markup)).map((parts) => `x${parts.join("")}`);
    forAnyOutput(strings, (operation, output) => {
      const parsed = parser.parse(renderResponse(operation, output, REQUEST_ID));
      const result = parsed[`${operation.name}Response`][`${operation.name}Result`];
      assert.deepEqual(withoutLayout(result), operation.output && withoutLayout(tree(operation.output, output)));
    });
  });
});

describe("renderError", () => {
  const namespace = "https://iam.amazonaws.com/doc/2010-05-08/";

  it("lays an error out as AWS does", () => {
    const error = { code: "NoSuchEntity", status: 404, wireMessage: "The user with name <a> cannot be found." };
    assert.equal(
      renderError(namespace, error, REQUEST_ID),
      [
        `<ErrorResponse xmlns="${namespace}">`,
        "  <Error>",
        "    <Type>Sender</Type>",
        "    <Code>NoSuchEntity</Code>",
        "    <Message>The user with name &lt;a&gt; cannot be found.</Message>",
        "  </Error>",
        `  <RequestId>${REQUEST_ID}</RequestId>`,
        "</ErrorResponse>",
        "",
      ].join("\n"),
    );
  });

  it("leaves the message out where there is none", () => {
    const error = { code: "MalformedInput", status: 400, wireMessage: undefined };
    assert.doesNotMatch(renderError(namespace, error, REQUEST_ID), /Message/);
  });

  it("blames the receiver for statuses from 500 on", () => {
    const error = { code: "ServiceFailure", status: 500, wireMessage: "x" };
    assert.match(renderError(namespace, error, REQUEST_ID), /<Type>Receiver<\/Type>/);
  });
});

function forAnyOutput(strings: fc.Arbitrary<string>, check: (operation: ApiOperation, output: object) => void): void {
  for (const { operations } of services.values()) {
    for (const operation of operations.values()) {
      const outputs = operation.output ? arbitrary.structure(operation.output, strings) : fc.constant({});
      fc.assert(
        fc.property(outputs, (output) => check(operation, output)),
        { numRuns: 4 },
      );
    }
  }
}

/** The parsed value without line ends and blanks between elements. */
function withoutLayout(parsed: any): unknown {
  if (Array.isArray(parsed)) return parsed.map(withoutLayout);
  if (typeof parsed !== "object") return parsed;
  const children = Object.entries(parsed).filter(([name]) => name !== "#text");
  return Object.fromEntries(children.map(([name, child]) => [name, withoutLayout(child)]));
}

/** What fast-xml-parser should return, by a separate walk of the model: "" for an empty element. */
function tree(structure: Structure, output: Record<string, any>): object | "" {
  const entries = structure.members.flatMap(({ name, shape }) => {
    return output[name] === undefined
      ? []
      : [[name, treeOf(shape, output[name], `${structure.name}.${name}`)] as const];
  });
  return entries.length === 0 ? "" : Object.fromEntries(entries);
}

function treeOf(shape: Shape, value: any, path: string): unknown {
  switch (shape.type) {
    case "structure":
      return tree(shape.of, value);
    case "list":
      return value.length === 0 ? "" : { member: value.map((element: unknown) => treeOf(shape.of, element, path)) };
    case "map": {
      const entry = Object.entries(value).map(([key, entryValue]) => ({
        key,
        value: treeOf(shape.of, entryValue, path),
      }));
      return entry.length === 0 ? "" : { entry };
    }
    case "timestamp":
      return MILLISECONDS.test(path) ? value.toISOString() : value.toISOString().replace(/\.\d{3}Z/, "Z");
    case "blob":
      return Buffer.from(value).toString("base64");
    default:
      return String(value);
  }
}

/** OIDC and SAML providers, reports of last accesses and web identity tokens (evidence: id-dates). */
const MILLISECONDS =
  /^(GetOpenIDConnectProviderResponse|GetSAMLProviderResponse|SAMLProviderListEntry|SAMLPrivateKey|Get(ServiceLastAccessedDetails(WithEntities)?|OrganizationsAccessReport|WebIdentityToken)Response)\./;
