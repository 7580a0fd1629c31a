import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import {
  CreateUserCommand,
  DeleteSigningCertificateCommand,
  DeleteUserCommand,
  ListSigningCertificatesCommand,
  paginateListSigningCertificates,
  UpdateSigningCertificateCommand,
  UpdateUserCommand,
  UploadSigningCertificateCommand,
  type IAMClient,
  type StatusType,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, createUser, trust } from "../fixtures.ts";
import { asksPermissionOn } from "./authorization.ts";
import { certificate, rsaKeys } from "./certificates.ts";

const UNKNOWN_ID = "A".repeat(32);
const noCertificate = (id: string) => ({
  name: "NoSuchEntityException",
  message: `The Certificate with id ${id} cannot be found.`,
});
const noUser = { name: "NoSuchEntityException", message: "The user with name nobody cannot be found." };
const malformed = (body: string) => ({
  name: "MalformedCertificateException",
  message: `Certificate ${body} is malformed.`,
});
const tooMany = { name: "LimitExceededException", message: "Cannot exceed quota for CertificatesPerUser: 2" };

describe("signing certificates", () => {
  const emu = emulator();

  const newUser = (UserName: string, Path?: string) => emu.iam().send(new CreateUserCommand({ UserName, Path }));
  const upload = async (UserName: string | undefined, CertificateBody: string, iam: IAMClient = emu.iam()) =>
    (await iam.send(new UploadSigningCertificateCommand({ UserName, CertificateBody }))).Certificate!;
  const uploadNew = (UserName: string | undefined) => upload(UserName, certificate("test").pem);
  const setStatus = (UserName: string | undefined, CertificateId: string, Status: StatusType) =>
    emu.iam().send(new UpdateSigningCertificateCommand({ UserName, CertificateId, Status }));
  const remove = (UserName: string | undefined, CertificateId: string) =>
    emu.iam().send(new DeleteSigningCertificateCommand({ UserName, CertificateId }));
  const list = async (UserName?: string, iam: IAMClient = emu.iam()) =>
    (await iam.send(new ListSigningCertificatesCommand({ UserName }))).Certificates!;

  describe("UploadSigningCertificate", () => {
    it("answers the certificate byte for byte, with the hash of it as id", async () => {
      await newUser("Ada");
      const { pem } = certificate("ada");
      const uploaded = await upload("ADA", pem);
      assert.deepEqual(uploaded, {
        UserName: "Ada",
        CertificateId: uploaded.CertificateId,
        CertificateBody: pem,
        Status: "Active",
        UploadDate: new Date("2026-11-24T12:00:00Z"),
      });
      const fingerprint = new X509Certificate(pem).fingerprint.replaceAll(":", "");
      assert.equal(uploaded.CertificateId, base32(fingerprint));
      assert.deepEqual(await list("ada"), [uploaded]);
    });

    it("takes RSA keys of 1024 bits, and what OpenSSL prints above a certificate", async () => {
      await newUser("bob");
      await upload("bob", `Certificate:\n    Data:\n${certificate("bob", { keys: rsaKeys(1024) }).pem}`);
    });

    it("refuses what is no single certificate, and one that has expired", async () => {
      await newUser("carl");
      const expired = certificate("carl", { to: "2026-11-24T11:59:59Z" }).pem;
      const { pem, keyPem } = certificate("carl");
      for (const body of ["nonsense", keyPem, pem + pem, expired]) {
        await assert.rejects(upload("carl", body), malformed(body));
      }
      assert.deepEqual(await list("carl"), []);
    });

    it("refuses a third certificate, also where the others are inactive and where two race", async () => {
      await newUser("dora");
      const first = await uploadNew("dora");
      await setStatus("dora", first.CertificateId!, "Inactive");
      const race = await Promise.allSettled([uploadNew("dora"), uploadNew("dora")]);
      assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      await assert.rejects(uploadNew("dora"), tooMany);
      await remove("dora", first.CertificateId!);
      await uploadNew("dora");
    });

    it("takes the same certificate again, changes nothing and says Active all the same", async () => {
      await newUser("emil");
      const first = await uploadNew("emil");
      await uploadNew("emil");
      await setStatus("emil", first.CertificateId!, "Inactive");
      emu.server.clock.advance(60);
      assert.deepEqual(await upload("emil", first.CertificateBody!), first);
      emu.server.clock.advance(-60);
      const [stored] = (await list("emil")).filter(({ CertificateId }) => CertificateId === first.CertificateId);
      assert.deepEqual(stored, { ...first, Status: "Inactive" });
    });

    it("refuses a certificate that another user of the account has, but not one of another account", async () => {
      await newUser("fritz");
      await newUser("frieda");
      const { pem } = certificate("shared");
      await upload("fritz", pem);
      await assert.rejects(upload("frieda", pem), {
        name: "DuplicateCertificateException",
        message: "Duplicate certificate uploaded.",
      });
      await upload(undefined, pem, emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" }));
    });

    it("refuses an unknown user", async () => {
      await assert.rejects(uploadNew("nobody"), noUser);
    });
  });

  describe("without a user name", () => {
    it("is about the caller", async () => {
      const user = await createUser(emu, "gina", { statements: [allow("iam:*")] });
      const iam = emu.iam(user.credentials);
      const { CertificateId } = await upload(undefined, certificate("gina").pem, iam);
      await iam.send(new UpdateSigningCertificateCommand({ CertificateId, Status: "Inactive" }));
      assert.deepEqual(
        (await list(undefined, iam)).map(({ UserName, Status }) => [UserName, Status]),
        [["gina", "Inactive"]],
      );
      await iam.send(new DeleteSigningCertificateCommand({ CertificateId }));
      assert.deepEqual(await list("gina"), []);
    });

    it("is about root where root calls", async () => {
      const { CertificateId, UserName } = await uploadNew(undefined);
      assert.equal(UserName, undefined);
      assert.equal((await list()).length, 1);
      await remove(undefined, CertificateId!);
    });

    it("is refused to a role", async () => {
      const user = await createUser(emu, "hans", { statements: [allow("sts:AssumeRole")] });
      const role = await createRole(emu, "hans", { trusts: [trust(user.arn)], statements: [allow("iam:*")] });
      const session = emu.iam(await assume(emu, user.credentials, role));
      await assert.rejects(list(undefined, session), {
        name: "ValidationError",
        message: "Must specify userName when calling with non-User credentials",
      });
    });
  });

  describe("UpdateSigningCertificate and DeleteSigningCertificate", () => {
    it("refuse unknown certificates, and those of others", async () => {
      await newUser("ines");
      await newUser("jan");
      const { CertificateId } = await uploadNew("ines");
      for (const id of [CertificateId!, UNKNOWN_ID]) {
        await assert.rejects(setStatus("jan", id, "Inactive"), noCertificate(id));
        await assert.rejects(remove("jan", id), noCertificate(id));
      }
      await assert.rejects(remove("nobody", CertificateId!), noUser);
      await remove("ines", CertificateId!);
      await assert.rejects(remove("ines", CertificateId!), noCertificate(CertificateId!));
    });

    it("cannot make a certificate expire", async () => {
      await newUser("kai");
      const { CertificateId } = await uploadNew("kai");
      await assert.rejects(setStatus("kai", CertificateId!, "Expired"), {
        name: "InvalidInputException",
        message: "Operation does not support status Expired",
      });
      assert.equal((await list("kai"))[0]!.Status, "Active");
    });
  });

  it("follow their user's name, and keep the user from being deleted", async () => {
    await newUser("lena");
    const { CertificateId } = await uploadNew("lena");
    await emu.iam().send(new UpdateUserCommand({ UserName: "lena", NewUserName: "lea" }));
    assert.equal((await list("lea"))[0]!.UserName, "lea");
    const deleteUser = () => emu.iam().send(new DeleteUserCommand({ UserName: "lea" }));
    await assert.rejects(deleteUser(), {
      name: "DeleteConflictException",
      message: "Cannot delete entity, must delete certificates first.",
    });
    await remove("lea", CertificateId!);
    await deleteUser();
  });

  it("are listed in pages, and a marker is good for one list", async () => {
    for (const name of ["max", "moritz"]) {
      await newUser(name);
      await uploadNew(name);
      await uploadNew(name);
    }
    const found = [];
    for await (const page of paginateListSigningCertificates({ client: emu.iam(), pageSize: 1 }, { UserName: "max" })) {
      assert.equal(page.Certificates!.length, 1);
      found.push(...page.Certificates!);
    }
    assert.deepEqual(found, await list("max"));
    const { Marker } = await emu.iam().send(new ListSigningCertificatesCommand({ UserName: "max", MaxItems: 1 }));
    await assert.rejects(emu.iam().send(new ListSigningCertificatesCommand({ UserName: "moritz", Marker })), {
      name: "ValidationError",
      message: "Invalid Marker.",
    });
    await assert.rejects(list("nobody"), noUser);
  });

  it("ask for permission on the stored ARN of the user", async () => {
    await newUser("nora", "/staff/");
    const UserName = "NORA";
    const arn = `arn:aws:iam::${emu.server.account}:user/staff/nora`;
    const { pem } = certificate("nora");
    const { CertificateId } = await upload("nora", pem);
    await asksPermissionOn(emu, "iam:UploadSigningCertificate", arn, (iam) => upload(UserName, pem, iam));
    await asksPermissionOn(emu, "iam:ListSigningCertificates", arn, (iam) => list(UserName, iam));
    await asksPermissionOn(emu, "iam:UpdateSigningCertificate", arn, (iam) =>
      iam.send(new UpdateSigningCertificateCommand({ UserName, CertificateId, Status: "Inactive" })),
    );
    await asksPermissionOn(emu, "iam:DeleteSigningCertificate", arn, (iam) =>
      iam.send(new DeleteSigningCertificateCommand({ UserName, CertificateId })),
    );
  });
});

/** Base32 of hexadecimal digits, by way of the binary text, whose length is a multiple of five. */
function base32(hex: string): string {
  const bits = hex
    .split("")
    .map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, "0"))
    .join("");
  return bits
    .match(/.{5}/g)!
    .map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five, 2)])
    .join("");
}
