import assert from "node:assert/strict";
import { Agent } from "node:http";
import type { LookupFunction } from "node:net";
import { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { createPresignedPost } from "@aws-sdk/s3-presigned-post";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { after, before, describe, it } from "mocha";
import type { Credentials } from "../emulator.ts";
import { allow, createUser, credentialsOf, deny, document, enableMfa } from "../fixtures.ts";
import type { Statement } from "../fixtures.ts";
import { beforeService } from "./before-service.ts";
import { moto, requireMoto, s3rver, type Service } from "./services.ts";

const Bucket = "photos";
const IN = `arn:aws:s3:::${Bucket}`;
const text = async (client: S3Client, Key: string, bucket = Bucket) =>
  (await client.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body!.transformToString();

const CALLS = {
  buckets: (client: S3Client) => client.send(new ListBucketsCommand({})),
  copy: (client: S3Client) =>
    client.send(new CopyObjectCommand({ Bucket, Key: "copies/a.txt", CopySource: `${Bucket}/ann/a.txt` })),
  delete: (client: S3Client) => client.send(new DeleteObjectCommand({ Bucket, Key: "tmp/x" })),
  deleteTwo: (client: S3Client) =>
    client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "tmp/1" }, { Key: "tmp/2" }] } })),
  get: (client: S3Client) => text(client, "ann/a.txt"),
  getOther: (client: S3Client) => text(client, "bob/ü b.txt"),
  head: (client: S3Client) => client.send(new HeadObjectCommand({ Bucket, Key: "ann/a.txt" })),
  list: (client: S3Client) => client.send(new ListObjectsV2Command({ Bucket, Prefix: "ann/" })),
  listAll: (client: S3Client) => client.send(new ListObjectsV2Command({ Bucket })),
  put: (client: S3Client) => client.send(new PutObjectCommand({ Bucket, Key: "tmp/x", Body: "x" })),
  putStream: (client: S3Client) =>
    client.send(
      new PutObjectCommand({ Bucket, Key: "tmp/x", Body: Readable.from([Buffer.from("streamed")]), ContentLength: 8 }),
    ),
} as const;

const no = (action: string, resource?: string) =>
  `perform: s3:${action}${resource === undefined ? "" : ` on resource: "${resource}"`} because no identity-based policy allows the s3:${action} action`;
const denied = (action: string, resource: string) =>
  `perform: s3:${action} on resource: "${resource}" with an explicit deny in an identity-based policy`;

const TABLE_OF_CALLS: readonly (readonly [
  what: string,
  policy: readonly Statement[],
  call: keyof typeof CALLS,
  refusal?: string,
])[] = [
  ["an object below an allowed prefix", [allow("s3:GetObject", `${IN}/ann/*`)], "get"],
  [
    "an object below another prefix",
    [allow("s3:GetObject", `${IN}/ann/*`)],
    "getOther",
    no("GetObject", `${IN}/bob/ü b.txt`),
  ],
  ["an object whose key is beyond ASCII", [allow("s3:GetObject", `${IN}/bob/ü b.txt`)], "getOther"],
  [
    "an object where the bucket alone is allowed",
    [allow("s3:GetObject", IN)],
    "get",
    no("GetObject", `${IN}/ann/a.txt`),
  ],
  [
    "a list of a prefix that is allowed",
    [{ ...allow("s3:ListBucket", IN), Condition: { StringLike: { "s3:prefix": "ann/*" } } }],
    "list",
  ],
  [
    "a list of all where a prefix is allowed",
    [{ ...allow("s3:ListBucket", IN), Condition: { StringLike: { "s3:prefix": "ann/*" } } }],
    "listAll",
    no("ListBucket", IN),
  ],
  ["a list of buckets", [allow("s3:ListAllMyBuckets")], "buckets"],
  ["a list of buckets for who may list objects", [allow("s3:ListBucket")], "buckets", no("ListAllMyBuckets")],
  ["an object that is sent", [allow("s3:PutObject", `${IN}/tmp/*`)], "put"],
  ["an object that is streamed", [allow("s3:PutObject", `${IN}/tmp/*`)], "putStream"],
  [
    "an object that is streamed and not allowed",
    [allow("s3:PutObject", `${IN}/ann/*`)],
    "putStream",
    no("PutObject", `${IN}/tmp/x`),
  ],
  [
    "a copy whose source and target are allowed",
    [allow("s3:GetObject", `${IN}/ann/*`), allow("s3:PutObject", `${IN}/copies/*`)],
    "copy",
  ],
  [
    "a copy whose source is not allowed",
    [allow("s3:PutObject", `${IN}/copies/*`)],
    "copy",
    no("GetObject", `${IN}/ann/a.txt`),
  ],
  [
    "a denial beside a permission",
    [allow("s3:*"), deny("s3:DeleteObject", `${IN}/tmp/*`)],
    "delete",
    denied("DeleteObject", `${IN}/tmp/x`),
  ],
];

/** What both services do behind the gate. */
function behindTheGate(service: () => Promise<Service>, upstreamKeys?: string) {
  const gate = beforeService(service, { upstreamKeys });
  const clients: S3Client[] = [];
  const as = (credentials?: Credentials, more = {}): S3Client => {
    const client = new S3Client({ ...gate.config(credentials), forcePathStyle: true, ...more });
    clients.push(client);
    return client;
  };
  after(() => clients.forEach((client) => client.destroy()));

  before(async () => {
    await as().send(new CreateBucketCommand({ Bucket }));
    for (const Key of ["ann/a.txt", "bob/ü b.txt"]) {
      await as().send(new PutObjectCommand({ Bucket, Key, Body: `of ${Key}` }));
    }
  });

  for (const [i, [what, policy, call, refusal]] of TABLE_OF_CALLS.entries()) {
    it(`${refusal === undefined ? "passes" : "is refused"}: ${what}`, async () => {
      const user = await createUser(gate, `caller-${i}`, { statements: policy });
      const called: Promise<unknown> = CALLS[call](as(user.credentials));
      if (refusal === undefined) await called;
      else
        await assert.rejects(called, {
          name: "AccessDenied",
          message: `User: ${user.arn} is not authorized to ${refusal}`,
        });
    });
  }

  it("brings back what was sent, of any size and kind of body", async () => {
    const sizes = [0, 1, 65_536, 200_000, 6 * 1024 * 1024];
    for (const size of sizes) {
      const body = Buffer.alloc(size, "body ");
      await as().send(new PutObjectCommand({ Bucket, Key: "sizes/whole", Body: body }));
      assert.equal(await text(as(), "sizes/whole"), body.toString());
      if (size === 0) continue;
      const stream = Readable.from([body]);
      await as().send(new PutObjectCommand({ Bucket, Key: "sizes/stream", Body: stream, ContentLength: size }));
      assert.equal(await text(as(), "sizes/stream"), body.toString());
    }
  });

  it("says to HEAD of a key that is not allowed what S3 says: 403 and no body", async () => {
    const user = await createUser(gate, "header", { statements: [allow("s3:GetObject", `${IN}/bob/*`)] });
    await assert.rejects(CALLS.head(as(user.credentials)), (error: { $metadata: { httpStatusCode: number } }) => {
      assert.equal(error.$metadata.httpStatusCode, 403);
      return true;
    });
    assert.equal((await CALLS.head(as())).ContentLength, "of ann/a.txt".length);
  });

  it("lets presigned URLs do what their signer may, until they expire or are changed", async () => {
    const user = await createUser(gate, "presigner", {
      statements: [allow(["s3:GetObject", "s3:PutObject"], `${IN}/ann/*`)],
    });
    const client = as(user.credentials);
    const put = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: "ann/sent" }), { expiresIn: 600 });
    assert.equal((await fetch(put, { method: "PUT", body: "by URL" })).status, 200);
    const get = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: "ann/sent" }), { expiresIn: 600 });
    assert.equal(await (await fetch(get)).text(), "by URL");
    const changed = await fetch(get.replace("ann/sent", "ann/a.txt"));
    assert.match(await changed.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
    const other = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: "bob/x" }), { expiresIn: 600 });
    assert.match(
      await (await fetch(other)).text(),
      /<Code>AccessDenied<\/Code>.*is not authorized to perform: s3:GetObject/s,
    );
    const signingDate = new Date(Date.now() - 3_600_000);
    const expired = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: "ann/sent" }), {
      expiresIn: 600,
      signingDate,
    });
    assert.match(
      await (await fetch(expired)).text(),
      /<Code>AccessDenied<\/Code><Message>Request has expired<\/Message>/,
    );
  });

  it("deletes objects for a session with MFA alone, where policies ask for it", async () => {
    const Condition = { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } };
    const user = await createUser(gate, "deleter", {
      statements: [allow(["s3:*", "sts:GetSessionToken"]), { ...deny("s3:DeleteObject"), Condition }],
    });
    const SerialNumber = await enableMfa(gate, user.name);
    await assert.rejects(CALLS.delete(as(user.credentials)), {
      name: "AccessDenied",
      message: `User: ${user.arn} is not authorized to ${denied("DeleteObject", `${IN}/tmp/x`)}`,
    });
    gate.server.clock.advance(60_000);
    const TokenCode = gate.server.mfa.code(SerialNumber).code;
    const session = await gate.sts(user.credentials).send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
    await CALLS.delete(as(credentialsOf(session)));
  });

  return { gate, as };
}

describe("S3 behind the gate: s3rver, which verifies the gate's own signatures, by the SDK", () => {
  behindTheGate(s3rver, "S3RVER:S3RVER");
});

describe("S3 behind the gate: moto, by the SDK", function () {
  requireMoto();
  const { gate, as } = behindTheGate(moto);

  it("lets an upload in parts through, and refuses it to who may only read", async () => {
    const Key = "parts/large";
    const user = await createUser(gate, "uploader", {
      statements: [allow(["s3:PutObject", "s3:AbortMultipartUpload"], `${IN}/parts/*`)],
    });
    const client = as(user.credentials);
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const Parts = [];
    for (const [i, size] of [5 * 1024 * 1024, 10].entries()) {
      const part = { Bucket, Key, UploadId, PartNumber: i + 1, Body: Buffer.alloc(size, String(i)) };
      Parts.push({ PartNumber: i + 1, ETag: (await client.send(new UploadPartCommand(part))).ETag });
    }
    const { Location } = await client.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    );
    assert.ok(Location === undefined || new URL(Location, gate.endpoint).origin === gate.endpoint, Location);
    assert.equal((await text(as(), Key)).length, 5 * 1024 * 1024 + 10);
    const reader = await createUser(gate, "part-reader", { statements: [allow("s3:Get*")] });
    await assert.rejects(as(reader.credentials).send(new CreateMultipartUploadCommand({ Bucket, Key })), {
      name: "AccessDenied",
      message: `User: ${reader.arn} is not authorized to ${no("PutObject", `${IN}/${Key}`)}`,
    });
    const again = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: again.UploadId }));
  });

  it("takes buckets in the host as well as in the path", async () => {
    const { port } = new URL(gate.endpoint);
    // Not every machine knows the names below localhost.
    const lookup: LookupFunction = (_name, _options, found) => found(null, [{ address: "127.0.0.1", family: 4 }]);
    const client = as(undefined, {
      forcePathStyle: false,
      endpoint: `http://localhost:${port}`,
      requestHandler: { httpAgent: new Agent({ lookup }) },
    });
    assert.equal(await text(client, "ann/a.txt"), "of ann/a.txt");
  });

  it("lets forms be posted that somebody has signed who may do it", async () => {
    const user = await createUser(gate, "form", { statements: [allow("s3:PutObject", `${IN}/ann/*`)] });
    const post = async (Key: string) => {
      const { url, fields } = await createPresignedPost(as(user.credentials), { Bucket, Key, Expires: 600 });
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) form.append(name, value);
      form.append("file", new Blob(["by form"]), "file.txt");
      return fetch(url, { method: "POST", body: form });
    };
    const posted = await post("ann/form.txt");
    assert.equal(posted.status, 204, await posted.text());
    assert.equal(await text(as(), "ann/form.txt"), "by form");
    assert.match(await (await post("bob/form.txt")).text(), /<Code>AccessDenied<\/Code>/);
  });

  it("lets another account in where the bucket's policy does, and its own policy too", async () => {
    const root = { accessKeyId: "111122223333", secretAccessKey: gate.server.rootCredentials.secretAccessKey };
    const guest = await createUser(gate, "guest", { root, statements: [allow("s3:GetObject", `${IN}/*`)] });
    const stranger = await createUser(gate, "stranger", { root });
    const refused = { name: "AccessDenied", message: "Access Denied" };
    await assert.rejects(CALLS.get(as(guest.credentials)), refused);
    const statement = { Principal: { AWS: "arn:aws:iam::111122223333:root" }, ...allow("s3:GetObject", `${IN}/ann/*`) };
    await as().send(new PutBucketPolicyCommand({ Bucket, Policy: document(statement) }));
    assert.equal(await CALLS.get(as(guest.credentials)), "of ann/a.txt");
    await assert.rejects(CALLS.getOther(as(guest.credentials)), refused);
    await assert.rejects(CALLS.get(as(stranger.credentials)), refused);
  });
});
