import assert from "node:assert/strict";
import {
  CreateServiceSpecificCredentialCommand,
  CreateUserCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteUserCommand,
  ListServiceSpecificCredentialsCommand,
  ResetServiceSpecificCredentialCommand,
  UpdateServiceSpecificCredentialCommand,
  UpdateUserCommand,
  type IAMClient,
  type ListServiceSpecificCredentialsCommandInput,
  type ServiceSpecificCredential,
  type StatusType,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, type Statement } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const CODECOMMIT = "codecommit.amazonaws.com";
const BEDROCK = "bedrock.amazonaws.com";
const UNKNOWN_ID = `ACCA${"A".repeat(17)}`;
const DAY = 86_400;

const noUser = { name: "NoSuchEntityException", message: "The user with name nobody cannot be found." };
const noCredential = (id: string) => ({ name: "NoSuchEntityException", message: `No such credential ${id} exists` });
const malformedService = {
  name: "ValidationError",
  message:
    "1 validation error detected: Value at 'serviceName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w.-]+",
};
const noService = (service: string) => ({
  name: "NoSuchEntityException",
  message: `No such service ${service} is supported for Service Specific Credentials`,
});
const notTheirs = (user: string, id: string) => ({
  name: "ValidationError",
  message: `User ${user} does not have a service specific credential with id ${id}`,
});
const mustNameUser = {
  name: "ValidationError",
  message: "Must specify userName when calling with non-User credentials",
};

describe("service-specific credentials", () => {
  const emu = emulator();

  const newUser = (UserName: string, Path?: string) => emu.iam().send(new CreateUserCommand({ UserName, Path }));
  const create = async (
    UserName: string,
    ServiceName = CODECOMMIT,
    CredentialAgeDays?: number,
    iam: IAMClient = emu.iam(),
  ) =>
    (await iam.send(new CreateServiceSpecificCredentialCommand({ UserName, ServiceName, CredentialAgeDays })))
      .ServiceSpecificCredential!;
  const reset = async (UserName: string | undefined, id: string) =>
    (await emu.iam().send(new ResetServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId: id })))
      .ServiceSpecificCredential!;
  const setStatus = (UserName: string | undefined, id: string, Status: StatusType) =>
    emu.iam().send(new UpdateServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId: id, Status }));
  const remove = (UserName: string | undefined, id: string) =>
    emu.iam().send(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId: id }));
  const list = async (input: ListServiceSpecificCredentialsCommandInput, iam: IAMClient = emu.iam()) =>
    (await iam.send(new ListServiceSpecificCredentialsCommand(input))).ServiceSpecificCredentials!;
  const withoutSecret = (credential: ServiceSpecificCredential) => {
    const { ServicePassword: _, ServiceCredentialSecret: __, ...rest } = credential;
    return rest;
  };

  describe("CreateServiceSpecificCredential", () => {
    it("answers a user name and a password of 60 characters", async () => {
      await newUser("Ada");
      const credential = await create("ADA", "CodeCommit.amazonaws.com");
      assert.match(credential.ServiceSpecificCredentialId!, /^ACCA[A-Z2-7]{17}$/);
      assert.match(credential.ServicePassword!, /^[A-Za-z0-9+/]{60}$/);
      assert.deepEqual(withoutSecret(credential), {
        CreateDate: new Date("2026-11-24T12:00:00Z"),
        ServiceName: CODECOMMIT,
        ServiceUserName: "Ada-at-000000000000",
        ServiceSpecificCredentialId: credential.ServiceSpecificCredentialId,
        UserName: "Ada",
        Status: "Active",
      });
    });

    const API_KEYS = {
      "aws-external-anthropic.amazonaws.com": "AEAA",
      [BEDROCK]: "ABSK",
      "cloudwatch.amazonaws.com": "APIAACWM",
      "logs.amazonaws.com": "ACWL",
    };
    for (const [service, prefix] of Object.entries(API_KEYS)) {
      it(`answers an API key of ${service}, with alias and password inside`, async () => {
        const user = `key-${prefix}`;
        await newUser(user);
        const { ServiceCredentialAlias, ServiceCredentialSecret, ServiceUserName, ServicePassword } = await create(
          user,
          service,
        );
        assert.equal(ServiceCredentialAlias, `${user}-at-000000000000`);
        assert.ok(ServiceCredentialSecret!.startsWith(prefix));
        const [alias, password] = Buffer.from(ServiceCredentialSecret!.slice(prefix.length), "base64")
          .toString()
          .split(":");
        assert.equal(alias, ServiceCredentialAlias);
        assert.match(password!, /^[A-Za-z0-9+/]{60}$/);
        assert.deepEqual([ServiceUserName, ServicePassword], [undefined, undefined]);
      });
    }

    it("takes Cassandra for a service with passwords too", async () => {
      await newUser("cassandra");
      assert.equal((await create("cassandra", "cassandra.amazonaws.com")).ServicePassword!.length, 60);
    });

    it("says when the credential expires, counted in days of 86,400 seconds", async () => {
      await newUser("bea");
      assert.deepEqual((await create("bea", BEDROCK, 1)).ExpirationDate, new Date("2026-11-25T12:00:00Z"));
      assert.deepEqual(
        (await create("bea", CODECOMMIT, 36_600)).ExpirationDate,
        new Date(Date.UTC(2026, 10, 24, 12) + 36_600 * DAY * 1000),
      );
      assert.equal((await create("bea", CODECOMMIT)).ExpirationDate, undefined);
      const outOfRange = (rule: string) => ({
        name: "ValidationError",
        message: `1 validation error detected: Value at 'credentialAgeDays' failed to satisfy constraint: Member must have value ${rule}`,
      });
      await assert.rejects(create("bea", BEDROCK, 0), outOfRange("greater than or equal to 1"));
      await assert.rejects(create("bea", BEDROCK, 36_601), outOfRange("less than or equal to 36600"));
    });

    it("refuses a third credential for one service, inactive ones counting, but not for another", async () => {
      await newUser("carl");
      const first = await create("carl");
      await setStatus("carl", first.ServiceSpecificCredentialId!, "Inactive");
      const race = await Promise.allSettled([create("carl"), create("carl")]);
      assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      await assert.rejects(create("carl", CODECOMMIT.toUpperCase()), {
        name: "LimitExceededException",
        message: "Cannot exceed quota for ContextSpecificCredentialsPerUserPerContext: 2",
      });
      await create("carl", BEDROCK);
      await remove("carl", first.ServiceSpecificCredentialId!);
      await create("carl");
    });

    it("gives no login name twice, not even to a user who is made anew", async () => {
      await newUser("Dora");
      const names: (string | undefined)[] = [];
      for (let i = 0; i < 2; i++) {
        const { ServiceUserName, ServiceSpecificCredentialId } = await create("dora");
        names.push(ServiceUserName);
        await remove("dora", ServiceSpecificCredentialId!);
      }
      await emu.iam().send(new DeleteUserCommand({ UserName: "dora" }));
      await newUser("dora");
      names.push((await create("dora")).ServiceUserName, (await create("dora", BEDROCK)).ServiceCredentialAlias);
      assert.deepEqual(names, [
        "Dora-at-000000000000",
        "Dora+1-at-000000000000",
        "dora+2-at-000000000000",
        "dora-at-000000000000",
      ]);
    });

    it("refuses an unknown user, then an unknown service, and a malformed one before both", async () => {
      await newUser("emil");
      await assert.rejects(create("nobody", "sqs.amazonaws.com"), noUser);
      await assert.rejects(create("emil", "sqs.amazonaws.com"), noService("sqs.amazonaws.com"));
      for (const malformed of ["", "sqs#amazonaws.com", "a b"]) {
        await assert.rejects(create("nobody", malformed), malformedService);
      }
    });
  });

  describe("ResetServiceSpecificCredential", () => {
    for (const service of [CODECOMMIT, BEDROCK]) {
      it(`gives a new secret of ${service} and keeps everything else`, async () => {
        const user = `reset-${service}`;
        await newUser(user);
        const before = await create(user, service, 30);
        const id = before.ServiceSpecificCredentialId!;
        await setStatus(user, id, "Inactive");
        emu.server.clock.advance(60);
        const after = await reset(user, id);
        emu.server.clock.advance(-60);
        assert.deepEqual(withoutSecret(after), { ...withoutSecret(before), Status: "Inactive" });
        const secretOf = (of: ServiceSpecificCredential) => of.ServicePassword ?? of.ServiceCredentialSecret;
        assert.equal(secretOf(after)!.length, secretOf(before)!.length);
        assert.notEqual(secretOf(after), secretOf(before));
      });
    }
  });

  describe("UpdateServiceSpecificCredential", () => {
    it("switches a credential off and on, and cannot make it expire", async () => {
      await newUser("fritz");
      const id = (await create("fritz")).ServiceSpecificCredentialId!;
      await setStatus("FRITZ", id, "Inactive");
      assert.equal((await list({ UserName: "fritz" }))[0]!.Status, "Inactive");
      await setStatus("fritz", id, "Active");
      await assert.rejects(setStatus("fritz", id, "Expired"), {
        name: "InvalidInputException",
        message: "Operation does not support status Expired",
      });
      assert.equal((await list({ UserName: "fritz" }))[0]!.Status, "Active");
    });

    it("does not bring back a credential that has expired", async () => {
      await newUser("gina");
      const id = (await create("gina", BEDROCK, 1)).ServiceSpecificCredentialId!;
      emu.server.clock.advance(DAY - 1);
      assert.equal((await list({ UserName: "gina" }))[0]!.Status, "Active");
      emu.server.clock.advance(1);
      await setStatus("gina", id, "Active");
      assert.equal((await list({ UserName: "gina" }))[0]!.Status, "Expired");
      emu.server.clock.advance(-DAY);
    });
  });

  describe("Reset, Update and Delete", () => {
    it("refuse an unknown credential, and one of another user in other words", async () => {
      await newUser("hans");
      await newUser("Hanna");
      const id = (await create("hans")).ServiceSpecificCredentialId!;
      for (const send of [reset, remove, (user: string, of: string) => setStatus(user, of, "Inactive")]) {
        await assert.rejects(send("hanna", id), notTheirs("Hanna", id));
        await assert.rejects(send("hans", UNKNOWN_ID), noCredential(UNKNOWN_ID));
        await assert.rejects(send("nobody", id), noUser);
      }
      await remove("hans", id);
      await assert.rejects(remove("hans", id), noCredential(id));
    });

    it("are about the caller where no user is named, who cannot be root", async () => {
      const user = await createUser(emu, "ines", { statements: [allow("iam:*")] });
      const iam = emu.iam(user.credentials);
      const id = (await create("ines")).ServiceSpecificCredentialId!;
      const input = { ServiceSpecificCredentialId: id };
      await assert.rejects(reset(undefined, id), mustNameUser);
      await iam.send(new ResetServiceSpecificCredentialCommand(input));
      await iam.send(new UpdateServiceSpecificCredentialCommand({ ...input, Status: "Inactive" }));
      await iam.send(new DeleteServiceSpecificCredentialCommand(input));
      assert.deepEqual(await list({}, iam), []);
    });

    it("refuse ids with characters that ids do not have", async () => {
      await assert.rejects(remove("nobody", "ACCA-AAAAAAAAAAAAAAAAA"), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value at 'serviceSpecificCredentialId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w]+",
      });
    });
  });

  describe("ListServiceSpecificCredentials", () => {
    it("answers the credentials without their secrets, of one service or of all", async () => {
      await newUser("jan");
      const git = withoutSecret(await create("jan"));
      const bedrock = withoutSecret(await create("jan", BEDROCK, 7));
      const byId = [git, bedrock].toSorted((a, b) =>
        a.ServiceSpecificCredentialId! < b.ServiceSpecificCredentialId! ? -1 : 1,
      );
      assert.deepEqual(await list({ UserName: "JAN" }), byId);
      assert.deepEqual(await list({ UserName: "jan", ServiceName: "" }), byId);
      assert.deepEqual(await list({ UserName: "jan", ServiceName: "Bedrock.AmazonAWS.com" }), [bedrock]);
      assert.deepEqual(await list({ UserName: "jan", AllUsers: false }), byId);
    });

    it("refuses a malformed service, an unknown user, an unknown service, and root where no user is named", async () => {
      await newUser("kai");
      await assert.rejects(list({ UserName: "nobody", ServiceName: "a b" }), malformedService);
      await assert.rejects(list({ UserName: "nobody" }), noUser);
      await assert.rejects(list({ UserName: "kai", ServiceName: "sqs.amazonaws.com" }), noService("sqs.amazonaws.com"));
      await assert.rejects(list({}), mustNameUser);
    });

    it("answers those of all users, in pages, but not together with a user", async () => {
      const iam = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
      for (const UserName of ["x", "y"]) {
        await iam.send(new CreateUserCommand({ UserName }));
        for (const service of [CODECOMMIT, BEDROCK]) await create(UserName, service, undefined, iam);
      }
      const found = [];
      let Marker: string | undefined;
      do {
        const input = { AllUsers: true, MaxItems: 3, Marker };
        const answer = await iam.send(new ListServiceSpecificCredentialsCommand(input));
        found.push(...answer.ServiceSpecificCredentials!);
        assert.equal(answer.IsTruncated, answer.Marker !== undefined);
        Marker = answer.Marker;
      } while (Marker !== undefined);
      assert.deepEqual(found.map(({ UserName, ServiceName }) => `${UserName} ${ServiceName}`).toSorted(), [
        `x ${BEDROCK}`,
        `x ${CODECOMMIT}`,
        `y ${BEDROCK}`,
        `y ${CODECOMMIT}`,
      ]);
      assert.equal((await list({ AllUsers: true, ServiceName: BEDROCK }, iam)).length, 2);
      await assert.rejects(list({ AllUsers: true, UserName: "x" }, iam), {
        name: "ValidationError",
        message: "AllUsers cannot be specified together with UserName",
      });
    });

    it("pages through the credentials of one user, and takes no marker of another list", async () => {
      await newUser("lena");
      await newUser("leo");
      for (const service of [CODECOMMIT, BEDROCK, "logs.amazonaws.com"]) {
        await create("lena", service);
        await create("leo", service);
      }
      const page = (UserName: string, Marker?: string) =>
        emu.iam().send(new ListServiceSpecificCredentialsCommand({ UserName, MaxItems: 2, Marker }));
      const first = await page("lena");
      const second = await page("lena", first.Marker);
      assert.deepEqual(
        [...first.ServiceSpecificCredentials!, ...second.ServiceSpecificCredentials!],
        await list({ UserName: "lena" }),
      );
      await assert.rejects(page("leo", first.Marker), { name: "ValidationError", message: "Invalid Marker." });
    });
  });

  it("follow their user's new name, but keep their login name, and keep the user from being deleted", async () => {
    await newUser("max");
    const id = (await create("max")).ServiceSpecificCredentialId!;
    await emu.iam().send(new UpdateUserCommand({ UserName: "max", NewUserName: "moritz" }));
    const [credential] = await list({ UserName: "moritz" });
    assert.deepEqual([credential!.UserName, credential!.ServiceUserName], ["moritz", "max-at-000000000000"]);
    const deleteUser = () => emu.iam().send(new DeleteUserCommand({ UserName: "moritz" }));
    await assert.rejects(deleteUser(), {
      name: "DeleteConflictException",
      message: "Cannot delete entity, must remove referenced objects first.",
    });
    await remove("moritz", id);
    await deleteUser();
  });

  describe("permission", () => {
    it("is asked on the stored ARN of the user", async () => {
      await newUser("nora", "/staff/");
      const UserName = "NORA";
      const arn = `arn:aws:iam::${emu.server.account}:user/staff/nora`;
      const ServiceSpecificCredentialId = (await create("nora")).ServiceSpecificCredentialId!;
      const input = { UserName, ServiceSpecificCredentialId };
      await asksPermissionOn(emu, "iam:CreateServiceSpecificCredential", arn, (iam) =>
        create(UserName, BEDROCK, undefined, iam),
      );
      await asksPermissionOn(emu, "iam:ListServiceSpecificCredentials", arn, (iam) => list({ UserName }, iam));
      await asksPermissionOn(emu, "iam:ResetServiceSpecificCredential", arn, (iam) =>
        iam.send(new ResetServiceSpecificCredentialCommand(input)),
      );
      await asksPermissionOn(emu, "iam:UpdateServiceSpecificCredential", arn, (iam) =>
        iam.send(new UpdateServiceSpecificCredentialCommand({ ...input, Status: "Inactive" })),
      );
      await asksPermissionOn(emu, "iam:DeleteServiceSpecificCredential", arn, (iam) =>
        iam.send(new DeleteServiceSpecificCredentialCommand(input)),
      );
    });

    // Recorded on AWS (evidence: authz-service-specific-credentials).
    const LISTING: readonly (readonly [grant: string, all: boolean, other: boolean, self: boolean])[] = [
      ["arn:aws:iam::000000000000:user/{caller}", false, false, true],
      ["arn:aws:iam::000000000000:user/other", false, true, false],
      ["arn:aws:iam::000000000000:user/*", true, true, true],
      ["*", true, true, true],
    ];
    for (const [index, [grant, all, other, self]] of LISTING.entries()) {
      it(`on ${grant} is ${all ? "" : "not "}enough to list those of all users`, async () => {
        if (index === 0) await newUser("other");
        const name = `lister-${index}`;
        const caller = await createUser(emu, name, {
          statements: [allow("iam:ListServiceSpecificCredentials", grant.replace("{caller}", name))],
        });
        const iam = emu.iam(caller.credentials);
        const outcome = async (
          allowed: boolean,
          resource: string,
          input: ListServiceSpecificCredentialsCommandInput,
        ) => {
          if (allowed) return void (await list(input, iam));
          await assert.rejects(
            list(input, iam),
            noPolicyAllows(caller.arn, "iam:ListServiceSpecificCredentials", resource),
          );
        };
        await outcome(all, "arn:aws:iam::000000000000:user/*", { AllUsers: true });
        await outcome(other, "arn:aws:iam::000000000000:user/other", { UserName: "other" });
        await outcome(self, caller.arn, {});
      });
    }

    it("can depend on the service, in its stored spelling, and on the age", async () => {
      await newUser("otto");
      const action = (name: string, Condition: object): Statement => ({
        ...allow(`iam:${name}ServiceSpecificCredential`),
        Condition,
      });
      const codecommit = { StringEquals: { "iam:ServiceSpecificCredentialServiceName": CODECOMMIT } };
      const caller = await createUser(emu, "paul", {
        statements: [
          action("Create", { ...codecommit, NumericLessThanEquals: { "iam:ServiceSpecificCredentialAgeDays": "30" } }),
          ...["Reset", "Update", "Delete"].map((name) => action(name, codecommit)),
        ],
      });
      const iam = emu.iam(caller.credentials);
      const denied = { name: "AccessDenied" };
      await create("otto", CODECOMMIT.toUpperCase(), 30, iam);
      await assert.rejects(create("otto", CODECOMMIT, 31, iam), denied);
      await assert.rejects(create("otto", CODECOMMIT, undefined, iam), denied);
      await assert.rejects(create("otto", BEDROCK, 30, iam), denied);
      for (const [service, allowed] of [
        [CODECOMMIT, true],
        [BEDROCK, false],
      ] as const) {
        const { ServiceSpecificCredentialId } = await create("otto", service);
        const input = { UserName: "otto", ServiceSpecificCredentialId };
        for (const send of [
          () => iam.send(new ResetServiceSpecificCredentialCommand(input)),
          () => iam.send(new UpdateServiceSpecificCredentialCommand({ ...input, Status: "Inactive" })),
          () => iam.send(new DeleteServiceSpecificCredentialCommand(input)),
        ]) {
          if (allowed) await send();
          else await assert.rejects(send(), denied);
        }
      }
    });
  });
});
