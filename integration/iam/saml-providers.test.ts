import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import {
  CreateSAMLProviderCommand,
  DeleteSAMLProviderCommand,
  GetSAMLProviderCommand,
  ListSAMLProvidersCommand,
  ListSAMLProviderTagsCommand,
  TagSAMLProviderCommand,
  UntagSAMLProviderCommand,
  UpdateSAMLProviderCommand,
  type CreateSAMLProviderCommandInput,
  type IAMClient,
  type Tag,
  type UpdateSAMLProviderCommandInput,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";
import { certificate, rsaKeys } from "./certificates.ts";
import { samlMetadata } from "./saml-documents.ts";

const arnOf = (name: string) => `arn:aws:iam::000000000000:saml-provider/${name}`;
const NOWHERE = arnOf("nowhere");
const tags = (...pairs: readonly (readonly [string, string])[]): Tag[] => pairs.map(([Key, Value]) => ({ Key, Value }));

const notFound = (arn: string) => ({ name: "NoSuchEntityException", message: `Manifest not found for arn ${arn}` });
const invalid = (message: string) => ({ name: "InvalidInputException", message });
const refused = (message: string) => ({ name: "ValidationError", message });
const UNPARSABLE = invalid("Could not parse metadata");
const NO_ISSUER = invalid("SAML Provider must reference at least one SAML assertion issuer.");
const KEY_NOT_REMOVED = invalid("Failed to remove private key.");
const TOO_MANY_KEYS = { name: "LimitExceededException", message: "Private key limit of 2 is reached." };

describe("SAML providers", () => {
  const emu = emulator();
  const metadata = samlMetadata({ certificates: [certificate("idp").base64] });
  const ecKey = certificate("ec").keyPem;

  const create = async (Name: string, more: Partial<CreateSAMLProviderCommandInput> = {}, iam: IAMClient = emu.iam()) =>
    (await iam.send(new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: metadata, ...more }))).SAMLProviderArn!;
  const get = (SAMLProviderArn: string) => emu.iam().send(new GetSAMLProviderCommand({ SAMLProviderArn }));
  const update = (SAMLProviderArn: string, changes: Partial<UpdateSAMLProviderCommandInput>) =>
    emu.iam().send(new UpdateSAMLProviderCommand({ SAMLProviderArn, ...changes }));
  const remove = (SAMLProviderArn: string) => emu.iam().send(new DeleteSAMLProviderCommand({ SAMLProviderArn }));
  const list = async (iam: IAMClient = emu.iam()) =>
    (await iam.send(new ListSAMLProvidersCommand({}))).SAMLProviderList!;
  const keyIds = async (arn: string) => (await get(arn)).PrivateKeyList!.map(({ KeyId }) => KeyId!);

  describe("CreateSAMLProvider", () => {
    it("answers the ARN and the tags in the order sent; Get shows the rest", async () => {
      const Tags = tags(["b", "1"], ["a", "2"]);
      emu.server.clock.advance(0.123);
      const answer = await emu
        .iam()
        .send(new CreateSAMLProviderCommand({ Name: "Corp.Idp_1-x", SAMLMetadataDocument: metadata, Tags }));
      emu.server.clock.advance(-0.123);
      assert.equal(answer.SAMLProviderArn, arnOf("Corp.Idp_1-x"));
      assert.deepEqual(answer.Tags, Tags);
      const { $metadata: _, ...provider } = await get(arnOf("Corp.Idp_1-x"));
      assert.match(provider.SAMLProviderUUID!, /^SAMLSP[A-Z0-9]{16}$/);
      assert.deepEqual(provider, {
        SAMLProviderUUID: provider.SAMLProviderUUID,
        SAMLMetadataDocument: metadata,
        CreateDate: new Date("2026-11-24T12:00:00.123Z"),
        ValidUntil: new Date("2126-11-24T12:00:00.123Z"),
        Tags: tags(["a", "2"], ["b", "1"]),
        AssertionEncryptionMode: "Allowed",
        PrivateKeyList: [],
      });
    });

    it("answers no tags where there are none", async () => {
      const answer = await emu
        .iam()
        .send(new CreateSAMLProviderCommand({ Name: "untagged", SAMLMetadataDocument: metadata }));
      assert.equal(answer.Tags, undefined);
      assert.deepEqual((await get(answer.SAMLProviderArn!)).Tags, []);
    });

    it("gives the document back byte for byte, line ends of any kind too, and does not heed its validUntil", async () => {
      const document = samlMetadata({ validUntil: "2001-01-01T00:00:00Z" }).replaceAll("\n", "\r\n");
      const arn = await create("bytes", { SAMLMetadataDocument: document });
      const { SAMLMetadataDocument, ValidUntil } = await get(arn);
      assert.equal(SAMLMetadataDocument, document);
      assert.deepEqual(ValidUntil, new Date("2126-11-24T12:00:00Z"));
    });

    it("refuses a document that is too short, that is none, or that has no identity provider in it", async () => {
      await assert.rejects(
        create("bad", { SAMLMetadataDocument: "x".repeat(999) }),
        refused(
          "1 validation error detected: Value at 'sAMLMetadataDocument' failed to satisfy constraint: Member must have length greater than or equal to 1000",
        ),
      );
      await assert.rejects(create("bad", { SAMLMetadataDocument: "x".repeat(1000) }), UNPARSABLE);
      await assert.rejects(
        create("bad", { SAMLMetadataDocument: samlMetadata({ certificates: ["nonsense"] }) }),
        UNPARSABLE,
      );
      await assert.rejects(
        create("bad", { SAMLMetadataDocument: samlMetadata({ role: "SPSSODescriptor" }) }),
        NO_ISSUER,
      );
    });

    it("refuses names with other characters than letters, digits, dots, hyphens and underscores", async () => {
      await assert.rejects(
        create("a b"),
        refused(
          "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w._-]+",
        ),
      );
    });

    it("refuses a name that is taken", async () => {
      await create("taken");
      await assert.rejects(create("taken"), {
        name: "EntityAlreadyExistsException",
        message: "Provider with name taken already exists.",
      });
    });

    it("refuses reserved and repeated tags", async () => {
      await assert.rejects(
        create("bad", { Tags: tags(["aws:x", ""]) }),
        invalid("Tag keys beginning with aws: are reserved for system use."),
      );
      await assert.rejects(create("bad", { Tags: tags(["a", ""], ["a", ""]) }), invalid("Duplicate tag keys found."));
    });

    it("refuses more than the quota, and lets one of two win that race for the last place", async () => {
      const other = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
      for (let i = 0; i < 99; i++) await create(`p${i}`, {}, other);
      const race = await Promise.allSettled(["a", "b"].map((name) => create(name, {}, other)));
      assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      await assert.rejects(create("one-more", {}, other), {
        name: "LimitExceededException",
        message: "Cannot exceed quota for SAMLProvidersPerAccount: 100",
      });
    });
  });

  describe("private keys", () => {
    it("are taken as PKCS #8 and PKCS #1, RSA of 1024 bits and EC", async () => {
      const rsa = rsaKeys(1024).privateKey;
      const pems = [
        rsa.export({ type: "pkcs8", format: "pem" }).toString(),
        rsa.export({ type: "pkcs1", format: "pem" }).toString(),
        ecKey,
      ];
      for (const [index, AddPrivateKey] of pems.entries()) {
        const { PrivateKeyList } = await get(await create(`keys-${index}`, { AddPrivateKey }));
        assert.equal(PrivateKeyList!.length, 1);
        assert.match(PrivateKeyList![0]!.KeyId!, /^SAMLPK[A-Z0-9]{16}$/);
        assert.deepEqual(PrivateKeyList![0]!.Timestamp, new Date("2026-11-24T12:00:00Z"));
      }
    });

    it("are refused where they cannot be read, or are neither RSA nor EC", async () => {
      const arn = await create("unreadable");
      const unreadable = invalid("Could not parse private key");
      const edwards = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      for (const AddPrivateKey of ["nonsense", edwards]) {
        await assert.rejects(create("bad", { AddPrivateKey }), unreadable);
        await assert.rejects(update(arn, { AddPrivateKey }), unreadable);
      }
    });

    it("are two at most, the same one twice too, also where two are added at a time", async () => {
      const arn = await create("two-keys", { AddPrivateKey: ecKey });
      const race = await Promise.allSettled([
        update(arn, { AddPrivateKey: ecKey }),
        update(arn, { AddPrivateKey: ecKey }),
      ]);
      assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      await assert.rejects(update(arn, { AddPrivateKey: ecKey }), TOO_MANY_KEYS);
      const ids = await keyIds(arn);
      assert.equal(new Set(ids).size, 2);
      await update(arn, { RemovePrivateKey: ids[0]! });
      assert.deepEqual(await keyIds(arn), [ids[1]]);
      await assert.rejects(update(arn, { RemovePrivateKey: ids[0]! }), KEY_NOT_REMOVED);
    });

    it("must be there for encryption to be required, from the start and later", async () => {
      await assert.rejects(
        create("bad", { AssertionEncryptionMode: "Required" }),
        refused("Unable to set assertion encryption mode to Required because no private key is provided."),
      );
      const arn = await create("required");
      await assert.rejects(
        update(arn, { AssertionEncryptionMode: "Required" }),
        invalid("Failed to set assertion encryption mode to Required because no private key is present."),
      );
      await update(arn, { AssertionEncryptionMode: "Required", AddPrivateKey: ecKey });
      const { AssertionEncryptionMode, PrivateKeyList } = await get(arn);
      assert.equal(AssertionEncryptionMode, "Required");
      const RemovePrivateKey = PrivateKeyList![0]!.KeyId!;
      await assert.rejects(update(arn, { RemovePrivateKey }), KEY_NOT_REMOVED);
      await update(arn, { RemovePrivateKey, AssertionEncryptionMode: "Allowed" });
      assert.deepEqual(await keyIds(arn), []);
      assert.equal(
        (await get(await create("required-at-once", { AssertionEncryptionMode: "Required", AddPrivateKey: ecKey })))
          .AssertionEncryptionMode,
        "Required",
      );
    });
  });

  describe("UpdateSAMLProvider", () => {
    it("replaces the document, answers the ARN, and keeps everything else", async () => {
      const arn = await create("updated", { AddPrivateKey: ecKey, Tags: tags(["a", "1"]) });
      const { $metadata: _, SAMLMetadataDocument: __, ...before } = await get(arn);
      const document = samlMetadata({ entityId: "https://other.example.com" });
      emu.server.clock.advance(60);
      const answer = await update(arn, { SAMLMetadataDocument: document });
      emu.server.clock.advance(-60);
      assert.equal(answer.SAMLProviderArn, arn);
      const { $metadata: ___, SAMLMetadataDocument, ...after } = await get(arn);
      assert.equal(SAMLMetadataDocument, document);
      assert.deepEqual(after, before);
    });

    it("refuses a document that CreateSAMLProvider refuses, and then changes nothing", async () => {
      const arn = await create("kept");
      await assert.rejects(update(arn, { SAMLMetadataDocument: "x".repeat(1000), AddPrivateKey: ecKey }), UNPARSABLE);
      await assert.rejects(update(arn, { SAMLMetadataDocument: samlMetadata({ role: "SPSSODescriptor" }) }), NO_ISSUER);
      const { SAMLMetadataDocument, PrivateKeyList } = await get(arn);
      assert.equal(SAMLMetadataDocument, metadata);
      assert.deepEqual(PrivateKeyList, []);
    });

    it("refuses an update of nothing, and one that adds and removes a key, before it looks for the provider", async () => {
      await assert.rejects(
        update(NOWHERE, {}),
        refused("Unable to update identity provider. No updates are defined for metadata or encryption assertion."),
      );
      await assert.rejects(
        update(NOWHERE, { AddPrivateKey: ecKey, RemovePrivateKey: `SAMLPK${"A".repeat(16)}` }),
        refused(
          "Unable to add and remove private keys in the same request. Set a value for only one of the two parameters.",
        ),
      );
    });
  });

  it("are listed all at once, with their dates", async () => {
    const other = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "222233334444" });
    assert.deepEqual(await list(other), []);
    for (const name of ["b", "a"]) await create(name, {}, other);
    assert.deepEqual(
      (await list(other)).toSorted((x, y) => (x.Arn! < y.Arn! ? -1 : 1)),
      ["a", "b"].map((name) => ({
        Arn: `arn:aws:iam::222233334444:saml-provider/${name}`,
        ValidUntil: new Date("2126-11-24T12:00:00Z"),
        CreateDate: new Date("2026-11-24T12:00:00Z"),
      })),
    );
  });

  it("are deleted once, and have another id when they are made again", async () => {
    const arn = await create("gone");
    const { SAMLProviderUUID } = await get(arn);
    await remove(arn);
    await assert.rejects(remove(arn), notFound(arn));
    assert.equal(await create("gone"), arn);
    assert.notEqual((await get(arn)).SAMLProviderUUID, SAMLProviderUUID);
  });

  describe("tags", () => {
    const tag = (SAMLProviderArn: string, Tags: Tag[]) =>
      emu.iam().send(new TagSAMLProviderCommand({ SAMLProviderArn, Tags }));
    const untag = (SAMLProviderArn: string, TagKeys: string[]) =>
      emu.iam().send(new UntagSAMLProviderCommand({ SAMLProviderArn, TagKeys }));
    const listTags = (SAMLProviderArn: string, page: { MaxItems?: number; Marker?: string | undefined } = {}) =>
      emu.iam().send(new ListSAMLProviderTagsCommand({ SAMLProviderArn, ...page }));

    it("have keys with regard to case, and are listed in pages", async () => {
      const arn = await create("tagged", { Tags: tags(["Team", "1"]) });
      await tag(arn, tags(["team", "2"], ["x", "3"]));
      await untag(arn, ["TEAM", "x"]);
      const first = await listTags(arn, { MaxItems: 1 });
      assert.deepEqual([first.Tags, first.IsTruncated], [tags(["Team", "1"]), true]);
      const second = await listTags(arn, { Marker: first.Marker });
      assert.deepEqual([second.Tags, second.IsTruncated], [tags(["team", "2"]), false]);
    });

    it("refuse empty lists", async () => {
      await assert.rejects(tag(NOWHERE, []), invalid("The provided tag map must not be null/empty."));
      await assert.rejects(untag(NOWHERE, []), invalid("The provided tag keys must not be null/empty."));
    });

    it("are at most fifty", async () => {
      const arn = await create("full");
      await tag(
        arn,
        Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: "" })),
      );
      await assert.rejects(tag(arn, tags(["k50", ""])), {
        name: "LimitExceededException",
        message: "The number of tags has reached the maximum limit.",
      });
    });
  });

  describe("an ARN without a provider", () => {
    const OPERATIONS: Readonly<Record<string, (arn: string) => Promise<unknown>>> = {
      GetSAMLProvider: get,
      UpdateSAMLProvider: (arn) => update(arn, { SAMLMetadataDocument: metadata }),
      DeleteSAMLProvider: remove,
      TagSAMLProvider: (SAMLProviderArn) =>
        emu.iam().send(new TagSAMLProviderCommand({ SAMLProviderArn, Tags: tags(["a", ""]) })),
      UntagSAMLProvider: (SAMLProviderArn) =>
        emu.iam().send(new UntagSAMLProviderCommand({ SAMLProviderArn, TagKeys: ["a"] })),
      ListSAMLProviderTags: (SAMLProviderArn) => emu.iam().send(new ListSAMLProviderTagsCommand({ SAMLProviderArn })),
    };
    for (const [name, send] of Object.entries(OPERATIONS)) {
      it(`is refused by ${name}, as one of another account is`, async () => {
        for (const arn of [NOWHERE, "arn:aws:iam::111122223333:saml-provider/p0"]) {
          await assert.rejects(send(arn), notFound(arn));
        }
      });
    }
  });

  describe("permission", () => {
    it("is asked on the provider", async () => {
      const SAMLProviderArn = arnOf("asked");
      const on = (action: string, send: (iam: IAMClient) => Promise<unknown>) =>
        asksPermissionOn(emu, `iam:${action}`, SAMLProviderArn, send);
      await on("CreateSAMLProvider", (iam) => create("asked", {}, iam));
      await on("GetSAMLProvider", (iam) => iam.send(new GetSAMLProviderCommand({ SAMLProviderArn })));
      await on("UpdateSAMLProvider", (iam) =>
        iam.send(new UpdateSAMLProviderCommand({ SAMLProviderArn, SAMLMetadataDocument: metadata })),
      );
      await on("TagSAMLProvider", (iam) =>
        iam.send(new TagSAMLProviderCommand({ SAMLProviderArn, Tags: tags(["a", ""]) })),
      );
      await on("UntagSAMLProvider", (iam) =>
        iam.send(new UntagSAMLProviderCommand({ SAMLProviderArn, TagKeys: ["a"] })),
      );
      await on("ListSAMLProviderTags", (iam) => iam.send(new ListSAMLProviderTagsCommand({ SAMLProviderArn })));
      await on("DeleteSAMLProvider", (iam) => iam.send(new DeleteSAMLProviderCommand({ SAMLProviderArn })));
      await asksPermissionOn(emu, "iam:ListSAMLProviders", arnOf("*"), list);
    });

    it("comes before any look at the document, and is asked for tags too", async () => {
      const stranger = await createUser(emu, "stranger");
      const bad = { SAMLMetadataDocument: "x".repeat(1000), Tags: tags(["a", ""]) };
      await assert.rejects(
        create("tagless", bad, emu.iam(stranger.credentials)),
        noPolicyAllows(stranger.arn, "iam:CreateSAMLProvider", arnOf("tagless")),
      );
      const creator = await createUser(emu, "creator", { statements: [allow("iam:CreateSAMLProvider")] });
      await assert.rejects(
        create("tagless", bad, emu.iam(creator.credentials)),
        noPolicyAllows(creator.arn, "iam:TagSAMLProvider", arnOf("tagless")),
      );
    });
  });
});
