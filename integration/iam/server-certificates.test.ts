import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import {
  DeleteServerCertificateCommand,
  GetServerCertificateCommand,
  ListServerCertificatesCommand,
  ListServerCertificateTagsCommand,
  paginateListServerCertificates,
  TagServerCertificateCommand,
  UntagServerCertificateCommand,
  UpdateServerCertificateCommand,
  UploadServerCertificateCommand,
  type IAMClient,
  type Tag,
  type UploadServerCertificateCommandInput,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";
import { certificate, rsaKeys, type TestCertificate } from "./certificates.ts";

const notFound = (name: string) => ({
  name: "NoSuchEntityException",
  message: `The Server Certificate with name ${name} cannot be found.`,
});
const taken = (name: string) => ({
  name: "EntityAlreadyExistsException",
  message: `The Server Certificate with name ${name} already exists.`,
});
const malformed = (message: string) => ({ name: "MalformedCertificateException", message });
const UNPARSABLE = malformed("Unable to parse certificate. Please ensure the certificate is in PEM format.");
const brokenChain = (index: number) =>
  malformed(
    `Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, followed by any intermediaries in order. The index within the chain of the invalid certificate is: ${index}`,
  );
const tags = (...pairs: readonly (readonly [string, string])[]): Tag[] => pairs.map(([Key, Value]) => ({ Key, Value }));

describe("server certificates", () => {
  const emu = emulator({ quotas: { ServerCertificatesPerAccount: 60 } });
  const root = certificate("root", { ca: true });
  const intermediate = certificate("intermediate", { ca: true, issuer: root });
  const leaf = certificate("leaf", { issuer: intermediate });
  const own = certificate("self-signed");

  const upload = (
    ServerCertificateName: string,
    more: Partial<UploadServerCertificateCommandInput> = {},
    { pem, keyPem }: TestCertificate = own,
    iam: IAMClient = emu.iam(),
  ) =>
    iam.send(
      new UploadServerCertificateCommand({ ServerCertificateName, CertificateBody: pem, PrivateKey: keyPem, ...more }),
    );
  const withChain = (name: string, chain: readonly TestCertificate[], of = leaf) =>
    upload(name, { CertificateChain: chain.map(({ pem }) => pem).join("") }, of);
  const get = async (ServerCertificateName: string) =>
    (await emu.iam().send(new GetServerCertificateCommand({ ServerCertificateName }))).ServerCertificate!;
  const update = (ServerCertificateName: string, NewServerCertificateName?: string, NewPath?: string) =>
    emu.iam().send(new UpdateServerCertificateCommand({ ServerCertificateName, NewServerCertificateName, NewPath }));
  const remove = (ServerCertificateName: string) =>
    emu.iam().send(new DeleteServerCertificateCommand({ ServerCertificateName }));

  describe("UploadServerCertificate", () => {
    it("answers the metadata, without tags where none were sent", async () => {
      const { ServerCertificateMetadata, Tags } = await upload("Plain", { Path: "/cloudfront/test/" });
      assert.match(ServerCertificateMetadata!.ServerCertificateId!, /^ASCA[A-Z2-7]{17}$/);
      assert.deepEqual(ServerCertificateMetadata, {
        Path: "/cloudfront/test/",
        ServerCertificateName: "Plain",
        ServerCertificateId: ServerCertificateMetadata!.ServerCertificateId,
        Arn: "arn:aws:iam::000000000000:server-certificate/cloudfront/test/Plain",
        UploadDate: new Date("2026-11-24T12:00:00Z"),
        Expiration: new Date("2049-12-31T23:59:59Z"),
      });
      assert.equal(Tags, undefined);
    });

    it("echoes tags in the order in which they were sent", async () => {
      const sent = tags(["Team", "1"], ["team", "2"], ["A", ""]);
      assert.deepEqual((await upload("tagged", { Tags: sent })).Tags, sent);
    });

    it("refuses a body that is no single certificate in PEM", async () => {
      await assert.rejects(upload("bad", { CertificateBody: "nonsense" }), UNPARSABLE);
      await assert.rejects(upload("bad", { CertificateBody: own.base64 }), UNPARSABLE);
      await assert.rejects(upload("bad", { CertificateBody: own.pem.replaceAll("A", "B") }), UNPARSABLE);
      await assert.rejects(upload("bad", { CertificateBody: own.pem + root.pem }), UNPARSABLE);
      await assert.rejects(upload("bad", { CertificateBody: own.keyPem }), UNPARSABLE);
    });

    it("takes certificates with RSA keys of any size, of 1024 bits too, and their keys in PKCS #1", async () => {
      const rsa = certificate("rsa", { keys: rsaKeys(1024) });
      await upload("rsa-pkcs8", {}, rsa);
      const PrivateKey = rsa.keys.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
      await upload("rsa-pkcs1", { PrivateKey }, rsa);
    });

    it("refuses a private key that belongs to another certificate", async () => {
      const mismatch = {
        name: "KeyPairMismatchException",
        message: "The private key did not match the public key provided. Please verify the key material and try again.",
      };
      await assert.rejects(upload("bad", { PrivateKey: root.keyPem }), mismatch);
      await assert.rejects(upload("bad", { PrivateKey: certificate("x", { keys: rsaKeys(1024) }).keyPem }), mismatch);
    });

    it("refuses a private key that cannot be read, needs a passphrase or is neither RSA nor EC", async () => {
      const invalid = malformed("Invalid Private Key.");
      const encrypted = own.keys.privateKey
        .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "secret" })
        .toString();
      const { privateKey } = generateKeyPairSync("ed25519");
      const edwards = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      for (const PrivateKey of ["nonsense", own.pem, encrypted, edwards]) {
        await assert.rejects(upload("bad", { PrivateKey }), invalid);
      }
    });

    it("refuses a certificate outside its time, by the clock of the emulator", async () => {
      await assert.rejects(
        upload("bad", {}, certificate("expired", { to: "2026-11-24T11:59:59Z" })),
        malformed("Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed."),
      );
      await assert.rejects(
        upload("bad", {}, certificate("future", { from: "2026-11-24T12:00:01Z" })),
        malformed("Certificate is not valid yet. The 'Not Before' date restriction on the certificate has not passed."),
      );
      await upload("last-second", {}, certificate("now", { to: "2026-11-24T12:00:00Z" }));
    });

    it("takes a certificate that an authority signed without a chain, with a part of it, and with all of it", async () => {
      await upload("no-chain", {}, leaf);
      await withChain("part-chain", [intermediate]);
      await withChain("full-chain", [intermediate, root]);
      await withChain("repeated-root", [intermediate, root, root]);
    });

    it("refuses a chain that has no certificate in it, without a message", async () => {
      // If AWS sends no message, the SDK inserts its own.
      await assert.rejects(upload("bad", { CertificateChain: "nonsense" }, leaf), {
        name: "MalformedCertificateException",
        message: "Unknown",
      });
    });

    it("says where a chain breaks", async () => {
      const stranger = certificate("stranger", { ca: true });
      await assert.rejects(withChain("bad", [stranger]), brokenChain(-1));
      await assert.rejects(withChain("bad", [leaf, intermediate]), brokenChain(1));
      await assert.rejects(withChain("bad", [root, intermediate]), brokenChain(-1));
      await assert.rejects(withChain("bad", [intermediate, stranger]), brokenChain(-1));
      await assert.rejects(withChain("bad", [root]), brokenChain(-1));
    });

    it("is not deceived by an authority of the same name", async () => {
      const impostor = certificate("intermediate", { ca: true });
      await assert.rejects(withChain("bad", [impostor]), brokenChain(0));
      await assert.rejects(
        withChain("bad", [certificate("intermediate", { ca: true, issuer: root }), root]),
        brokenChain(0),
      );
    });

    it("refuses a chain through a certificate that has expired, or may not sign", async () => {
      const old = certificate("old", { ca: true, issuer: root, to: "2026-01-01T00:00:00Z" });
      await assert.rejects(withChain("bad", [old, root], certificate("x", { issuer: old })), brokenChain(1));
      const user = certificate("user", { issuer: root });
      await assert.rejects(withChain("bad", [user, root], certificate("x", { issuer: user })), brokenChain(1));
    });

    it("refuses a name that is taken, in whatever case", async () => {
      await upload("Taken");
      await assert.rejects(upload("TAKEN"), taken("TAKEN"));
    });

    it("refuses more than the quota, and lets one of two win that race for the last place", async () => {
      const other = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
      for (let i = 0; i < 59; i++) await upload(`c${i}`, {}, own, other);
      const race = await Promise.allSettled(["a", "b"].map((name) => upload(name, {}, own, other)));
      assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      await assert.rejects(upload("one-more", {}, own, other), {
        name: "LimitExceededException",
        message: "Cannot exceed quota for ServerCertificatesPerAccount: 60",
      });
    });

    it("refuses tags as other resources with case-sensitive keys do", async () => {
      await assert.rejects(upload("bad", { Tags: tags(["aws:x", ""]) }), {
        name: "InvalidInputException",
        message: "Tag keys beginning with aws: are reserved for system use.",
      });
      await assert.rejects(upload("bad", { Tags: tags(["a", "1"], ["a", "2"]) }), {
        name: "InvalidInputException",
        message: "Duplicate tag keys found.",
      });
    });
  });

  describe("GetServerCertificate", () => {
    it("answers certificate and chain without their last line end, tags by key, and no private key", async () => {
      const { ServerCertificateMetadata } = await upload(
        "Complete",
        { CertificateChain: intermediate.pem, Tags: tags(["b", "1"], ["a", "2"]) },
        leaf,
      );
      assert.deepEqual(await get("COMPLETE"), {
        ServerCertificateMetadata,
        CertificateBody: leaf.pem.trimEnd(),
        CertificateChain: intermediate.pem.trimEnd(),
        Tags: tags(["a", "2"], ["b", "1"]),
      });
    });

    it("answers no chain where there is none, and no tags", async () => {
      await upload("bare");
      const { CertificateChain, Tags } = await get("bare");
      assert.equal(CertificateChain, undefined);
      assert.deepEqual(Tags, []);
    });

    it("refuses an unknown name", async () => {
      await assert.rejects(get("nowhere"), notFound("nowhere"));
    });
  });

  describe("ListServerCertificates", () => {
    it("answers metadata in the order of the names, below a path, in pages", async () => {
      const uploaded = [];
      for (const name of ["C", "a", "B"]) {
        uploaded.push((await upload(name, { Path: "/listed/" })).ServerCertificateMetadata);
      }
      const found = [];
      const pages = paginateListServerCertificates({ client: emu.iam(), pageSize: 2 }, { PathPrefix: "/listed/" });
      for await (const page of pages) found.push(...page.ServerCertificateMetadataList!);
      assert.deepEqual(found, [uploaded[1], uploaded[2], uploaded[0]]);
    });

    it("refuses a marker of another list", async () => {
      const list = (PathPrefix: string, Marker?: string) =>
        emu.iam().send(new ListServerCertificatesCommand({ PathPrefix, MaxItems: 1, Marker }));
      const { Marker } = await list("/listed/");
      await assert.rejects(list("/", Marker), { name: "ValidationError", message: "Invalid Marker." });
    });
  });

  describe("UpdateServerCertificate", () => {
    it("renames and moves, and keeps id and tags", async () => {
      const { ServerCertificateMetadata: before } = await upload("Before", { Tags: tags(["a", "1"]) });
      await update("BEFORE", "After", "/moved/");
      const { ServerCertificateMetadata: after, Tags } = await get("After");
      assert.equal(after!.ServerCertificateId, before!.ServerCertificateId);
      assert.equal(after!.Arn, "arn:aws:iam::000000000000:server-certificate/moved/After");
      assert.deepEqual(Tags, tags(["a", "1"]));
      await assert.rejects(get("Before"), notFound("Before"));
    });

    it("changes nothing without a new name and path, the tags neither", async () => {
      await upload("same", { Tags: tags(["a", "1"]) });
      const before = await get("same");
      await update("same");
      assert.deepEqual(await get("same"), before);
    });

    it("may change the case of a name, and refuses one that is taken or unknown", async () => {
      await upload("one");
      await upload("two");
      await update("one", "ONE");
      assert.equal((await get("one")).ServerCertificateMetadata!.ServerCertificateName, "ONE");
      await assert.rejects(update("one", "Two"), taken("Two"));
      await assert.rejects(update("nowhere", "three"), notFound("nowhere"));
    });
  });

  describe("DeleteServerCertificate", () => {
    it("removes a certificate, once", async () => {
      await upload("Gone");
      await remove("gONE");
      await assert.rejects(remove("Gone"), notFound("Gone"));
      await upload("gone");
    });
  });

  describe("tags", () => {
    const tag = (ServerCertificateName: string, Tags: Tag[]) =>
      emu.iam().send(new TagServerCertificateCommand({ ServerCertificateName, Tags }));
    const untag = (ServerCertificateName: string, TagKeys: string[]) =>
      emu.iam().send(new UntagServerCertificateCommand({ ServerCertificateName, TagKeys }));
    const list = (ServerCertificateName: string, page: { MaxItems?: number; Marker?: string | undefined } = {}) =>
      emu.iam().send(new ListServerCertificateTagsCommand({ ServerCertificateName, ...page }));

    it("have keys with regard to case, and are listed in pages", async () => {
      await upload("labels", { Tags: tags(["Team", "1"]) });
      await tag("LABELS", tags(["team", "2"], ["x", "3"]));
      await tag("labels", tags(["x", "4"]));
      await untag("labels", ["TEAM", "nowhere"]);
      const first = await list("labels", { MaxItems: 2 });
      assert.deepEqual([first.Tags, first.IsTruncated], [tags(["Team", "1"], ["team", "2"]), true]);
      const second = await list("labels", { Marker: first.Marker });
      assert.deepEqual([second.Tags, second.IsTruncated], [tags(["x", "4"]), false]);
      await untag("labels", ["Team", "team", "x"]);
      assert.deepEqual((await list("labels")).Tags, []);
    });

    it("refuse empty lists, before the certificate is looked up, and unknown certificates", async () => {
      await assert.rejects(tag("nowhere", []), {
        name: "InvalidInputException",
        message: "The provided tag map must not be null/empty.",
      });
      await assert.rejects(untag("nowhere", []), {
        name: "InvalidInputException",
        message: "The provided tag keys must not be null/empty.",
      });
      await assert.rejects(tag("nowhere", tags(["a", ""])), notFound("nowhere"));
      await assert.rejects(untag("nowhere", ["a"]), notFound("nowhere"));
      await assert.rejects(list("nowhere"), notFound("nowhere"));
    });

    it("are at most fifty", async () => {
      await upload("full");
      await tag(
        "full",
        Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: "" })),
      );
      await assert.rejects(tag("full", tags(["k50", ""])), {
        name: "LimitExceededException",
        message: "The number of tags has reached the maximum limit.",
      });
    });
  });

  describe("permission", () => {
    const arn = (rest: string) => `arn:aws:iam::000000000000:server-certificate${rest}`;

    it("is asked on the stored ARN", async () => {
      await upload("Guarded", { Path: "/p/" });
      const ServerCertificateName = "GUARDED";
      const stored = arn("/p/Guarded");
      await asksPermissionOn(emu, "iam:GetServerCertificate", stored, (iam) =>
        iam.send(new GetServerCertificateCommand({ ServerCertificateName })),
      );
      await asksPermissionOn(emu, "iam:TagServerCertificate", stored, (iam) =>
        iam.send(new TagServerCertificateCommand({ ServerCertificateName, Tags: tags(["a", ""]) })),
      );
      await asksPermissionOn(emu, "iam:UntagServerCertificate", stored, (iam) =>
        iam.send(new UntagServerCertificateCommand({ ServerCertificateName, TagKeys: ["a"] })),
      );
      await asksPermissionOn(emu, "iam:ListServerCertificateTags", stored, (iam) =>
        iam.send(new ListServerCertificateTagsCommand({ ServerCertificateName })),
      );
      await asksPermissionOn(emu, "iam:UpdateServerCertificate", stored, (iam) =>
        iam.send(new UpdateServerCertificateCommand({ ServerCertificateName })),
      );
      await asksPermissionOn(emu, "iam:ListServerCertificates", arn("/p/"), (iam) =>
        iam.send(new ListServerCertificatesCommand({ PathPrefix: "/p/" })),
      );
      await asksPermissionOn(emu, "iam:UploadServerCertificate", arn("/p/New"), (iam) =>
        upload("New", { Path: "/p/" }, own, iam),
      );
      await asksPermissionOn(emu, "iam:DeleteServerCertificate", stored, (iam) =>
        iam.send(new DeleteServerCertificateCommand({ ServerCertificateName })),
      );
    });

    it("to rename is asked on the old ARN and on the new one", async () => {
      await upload("old-name");
      const caller = await createUser(emu, "renamer", {
        statements: [allow("iam:UpdateServerCertificate", arn("/old-name"))],
      });
      const rename = new UpdateServerCertificateCommand({
        ServerCertificateName: "old-name",
        NewServerCertificateName: "new-name",
      });
      await assert.rejects(
        emu.iam(caller.credentials).send(rename),
        noPolicyAllows(caller.arn, "iam:UpdateServerCertificate", arn("/new-name")),
      );
    });

    it("to tag is asked where an upload brings tags, and comes before any look at the certificate", async () => {
      const caller = await createUser(emu, "uploader", { statements: [allow("iam:UploadServerCertificate")] });
      const iam = emu.iam(caller.credentials);
      const bad = { Tags: tags(["a", ""]), CertificateBody: "nonsense" };
      await assert.rejects(
        upload("tagless", bad, own, iam),
        noPolicyAllows(caller.arn, "iam:TagServerCertificate", arn("/tagless")),
      );
    });
  });
});
