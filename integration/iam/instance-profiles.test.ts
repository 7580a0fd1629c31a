import assert from "node:assert/strict";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateServiceLinkedRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  GetInstanceProfileCommand,
  ListInstanceProfilesCommand,
  ListInstanceProfilesForRoleCommand,
  ListInstanceProfileTagsCommand,
  paginateListInstanceProfiles,
  paginateListInstanceProfilesForRole,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  UntagInstanceProfileCommand,
  waitUntilInstanceProfileExists,
  type CreateInstanceProfileCommandInput,
  type IAMClient,
  type Tag,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const EC2 = { Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };

const noProfile = (name: string) => ({
  name: "NoSuchEntityException",
  message: `Instance Profile ${name} cannot be found.`,
});
const noRole = (name: string) => ({
  name: "NoSuchEntityException",
  message: `The role with name ${name} cannot be found.`,
});
const notInside = (role: string, profile: string) => ({
  name: "NoSuchEntityException",
  message: `Role ${role} in Instance Profile ${profile} cannot be found.`,
});
const FULL = {
  name: "LimitExceededException",
  message: "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
};
const OCCUPIED = {
  name: "DeleteConflictException",
  message: "Cannot delete entity, must remove roles from instance profile first.",
};
const tags = (...pairs: readonly (readonly [string, string])[]): Tag[] => pairs.map(([Key, Value]) => ({ Key, Value }));

describe("instance profiles", () => {
  const emu = emulator({ quotas: { InstanceProfilesPerAccount: 60 } });

  const create = async (
    InstanceProfileName: string,
    more: Partial<CreateInstanceProfileCommandInput> = {},
    iam: IAMClient = emu.iam(),
  ) => (await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName, ...more }))).InstanceProfile!;
  const get = async (InstanceProfileName: string) =>
    (await emu.iam().send(new GetInstanceProfileCommand({ InstanceProfileName }))).InstanceProfile!;
  const remove = (InstanceProfileName: string) =>
    emu.iam().send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
  const add = (InstanceProfileName: string, RoleName: string, iam: IAMClient = emu.iam()) =>
    iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName }));
  const take = (InstanceProfileName: string, RoleName: string) =>
    emu.iam().send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  const role = (name: string, Path?: string) => createRole(emu, name, { trusts: [EC2], Path });

  describe("CreateInstanceProfile", () => {
    it("answers a profile without roles, and its tags in the order sent", async () => {
      const sent = tags(["b", "1"], ["B", "2"], ["a", ""]);
      const profile = await create("Web", { Path: "/fleet/", Tags: sent });
      assert.match(profile.InstanceProfileId!, /^AIPA[A-Z2-7]{17}$/);
      assert.deepEqual(profile, {
        Path: "/fleet/",
        InstanceProfileName: "Web",
        InstanceProfileId: profile.InstanceProfileId,
        Arn: "arn:aws:iam::000000000000:instance-profile/fleet/Web",
        CreateDate: new Date("2026-11-24T12:00:00Z"),
        Roles: [],
        Tags: sent,
      });
    });

    it("answers no tags where there are none, and puts the profile at the path / by default", async () => {
      const { Tags, Arn } = await create("plain");
      assert.equal(Tags, undefined);
      assert.equal(Arn, "arn:aws:iam::000000000000:instance-profile/plain");
    });

    it("answers a profile that the SDK's waiter finds", async () => {
      await create("awaited");
      const waited = await waitUntilInstanceProfileExists(
        { client: emu.iam(), maxWaitTime: 5 },
        { InstanceProfileName: "awaited" },
      );
      assert.equal(waited.state, "SUCCESS");
    });

    it("refuses a name that is taken, in whatever case", async () => {
      await create("Taken");
      await assert.rejects(create("TAKEN"), {
        name: "EntityAlreadyExistsException",
        message: "Instance Profile TAKEN already exists.",
      });
    });

    it("refuses names and paths with characters that they may not have", async () => {
      await assert.rejects(create("a b"), {
        name: "ValidationError",
        message:
          "The specified value for instanceProfileName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
      });
      await assert.rejects(create("ab", { Path: "/x" }), {
        name: "ValidationError",
        message:
          "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
      });
    });

    it("refuses more than the quota, and lets one of two win that race for the last place", async () => {
      const other = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
      for (let i = 0; i < 59; i++) await create(`p${i}`, {}, other);
      const race = await Promise.allSettled(["a", "b"].map((name) => create(name, {}, other)));
      assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      await assert.rejects(create("c", {}, other), {
        name: "LimitExceededException",
        message: "Cannot exceed quota for InstanceProfilesPerAccount: 60",
      });
    });
  });

  describe("AddRoleToInstanceProfile", () => {
    it("puts a role in, which Get shows as CreateRole showed it", async () => {
      await create("Holder");
      const { arn, id } = await role("Worker", "/workers/");
      await add("HOLDER", "WORKER");
      const { Roles, Tags } = await get("holder");
      const [shown] = Roles!;
      assert.deepEqual(Tags, []);
      assert.deepEqual(Object.keys(shown!).sort(), [
        "Arn",
        "AssumeRolePolicyDocument",
        "CreateDate",
        "Path",
        "RoleId",
        "RoleName",
      ]);
      assert.deepEqual([shown!.Arn, shown!.RoleId], [arn, id]);
      assert.equal(
        JSON.parse(decodeURIComponent(shown!.AssumeRolePolicyDocument!)).Statement[0].Action,
        "sts:AssumeRole",
      );
    });

    it("refuses a second role, and the same role again", async () => {
      await create("single");
      await role("first");
      await role("second");
      await add("single", "first");
      await assert.rejects(add("single", "first"), FULL);
      await assert.rejects(add("single", "second"), FULL);
    });

    it("lets one of two roles win that race for the place", async () => {
      await create("contested");
      await role("racer-1");
      await role("racer-2");
      const race = await Promise.allSettled([add("contested", "racer-1"), add("contested", "racer-2")]);
      assert.deepEqual(race.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      assert.equal((await get("contested")).Roles!.length, 1);
    });

    it("refuses an unknown profile, and an unknown role", async () => {
      await create("known");
      await assert.rejects(add("nowhere", "nobody"), noProfile("nowhere"));
      await assert.rejects(add("known", "nobody"), noRole("nobody"));
    });

    it("refuses a service-linked role, to take it out too", async () => {
      await create("linked");
      await emu.iam().send(new CreateServiceLinkedRoleCommand({ AWSServiceName: "ecs.amazonaws.com" }));
      const protectedRole = {
        name: "UnmodifiableEntityException",
        message:
          "Cannot perform the operation on the protected role 'AWSServiceRoleForECS' - this role is only modifiable by AWS",
      };
      await assert.rejects(add("linked", "AWSServiceRoleForECS"), protectedRole);
      await assert.rejects(take("linked", "AWSServiceRoleForECS"), protectedRole);
    });

    it("asks for permission on the profile, and to pass the role to EC2", async () => {
      await create("passed");
      const { arn } = await role("passing", "/r/");
      const onProfile = allow("iam:AddRoleToInstanceProfile", "arn:aws:iam::000000000000:instance-profile/passed");
      const passing = (service: string) => ({
        ...allow("iam:PassRole", arn),
        Condition: { StringEquals: { "iam:PassedToService": service } },
      });
      const cannotAdd = await createUser(emu, "cannot-add", { statements: [passing("ec2.amazonaws.com")] });
      await assert.rejects(
        add("passed", "passing", emu.iam(cannotAdd.credentials)),
        noPolicyAllows(
          cannotAdd.arn,
          "iam:AddRoleToInstanceProfile",
          "arn:aws:iam::000000000000:instance-profile/passed",
        ),
      );
      const cannotPass = await createUser(emu, "cannot-pass", {
        statements: [onProfile, passing("ecs.amazonaws.com")],
      });
      await assert.rejects(
        add("passed", "passing", emu.iam(cannotPass.credentials)),
        noPolicyAllows(cannotPass.arn, "iam:PassRole", arn),
      );
      const can = await createUser(emu, "can-add", { statements: [onProfile, passing("ec2.amazonaws.com")] });
      await add("passed", "passing", emu.iam(can.credentials));
    });
  });

  describe("RemoveRoleFromInstanceProfile", () => {
    it("takes the role out, once", async () => {
      await create("emptied");
      await role("leaving");
      await add("emptied", "leaving");
      await take("EMPTIED", "LEAVING");
      assert.deepEqual((await get("emptied")).Roles, []);
      await assert.rejects(take("emptied", "leaving"), notInside("leaving", "emptied"));
    });

    it("refuses a role that is not in it, and unknown roles and profiles", async () => {
      await create("kept");
      await role("inside");
      await role("outside");
      await add("kept", "inside");
      await assert.rejects(take("kept", "outside"), notInside("outside", "kept"));
      await assert.rejects(take("kept", "nobody"), noRole("nobody"));
      await assert.rejects(take("nowhere", "inside"), noProfile("nowhere"));
      await assert.rejects(take("nowhere", "nobody"), noRole("nobody"));
      assert.equal((await get("kept")).Roles!.length, 1);
    });
  });

  describe("DeleteInstanceProfile", () => {
    it("refuses a profile with a role in it, as DeleteRole refuses the role", async () => {
      await create("busy");
      await role("busy");
      await add("busy", "busy");
      const deleteRole = () => emu.iam().send(new DeleteRoleCommand({ RoleName: "busy" }));
      await assert.rejects(remove("busy"), OCCUPIED);
      await assert.rejects(deleteRole(), OCCUPIED);
      await take("busy", "busy");
      await deleteRole();
      await remove("BUSY");
      await assert.rejects(get("busy"), noProfile("busy"));
    });

    it("refuses an unknown profile", async () => {
      await assert.rejects(remove("nowhere"), noProfile("nowhere"));
    });
  });

  describe("lists", () => {
    it("are in the order of the names, below a path, in pages and without tags", async () => {
      for (const name of ["C", "a", "B"]) await create(name, { Path: "/listed/", Tags: tags(["a", "1"]) });
      const found = [];
      const pages = paginateListInstanceProfiles({ client: emu.iam(), pageSize: 2 }, { PathPrefix: "/listed/" });
      for await (const page of pages) found.push(...page.InstanceProfiles!);
      assert.deepEqual(
        found.map(({ InstanceProfileName }) => InstanceProfileName),
        ["a", "B", "C"],
      );
      for (const profile of found) assert.ok(!("Tags" in profile));
    });

    it("are of one role, also after it was given away, in pages", async () => {
      await role("Shared");
      for (const name of ["shared-2", "Shared-1", "shared-3"]) {
        await create(name);
        await add(name, "shared");
      }
      await take("shared-3", "shared");
      const found: string[] = [];
      const pages = paginateListInstanceProfilesForRole({ client: emu.iam(), pageSize: 1 }, { RoleName: "SHARED" });
      for await (const page of pages) {
        found.push(...page.InstanceProfiles!.map(({ InstanceProfileName }) => InstanceProfileName!));
      }
      assert.deepEqual(found, ["Shared-1", "shared-2"]);
    });

    it("refuse unknown roles, and markers of other lists", async () => {
      const list = (RoleName: string, Marker?: string) =>
        emu.iam().send(new ListInstanceProfilesForRoleCommand({ RoleName, MaxItems: 1, Marker }));
      await assert.rejects(list("nobody"), noRole("nobody"));
      const { Marker } = await emu.iam().send(new ListInstanceProfilesCommand({ MaxItems: 1 }));
      await assert.rejects(list("Shared", Marker), { name: "ValidationError", message: "Invalid Marker." });
    });
  });

  describe("tags", () => {
    const tag = (InstanceProfileName: string, Tags: Tag[]) =>
      emu.iam().send(new TagInstanceProfileCommand({ InstanceProfileName, Tags }));
    const untag = (InstanceProfileName: string, TagKeys: string[]) =>
      emu.iam().send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys }));
    const list = (InstanceProfileName: string, page: { MaxItems?: number; Marker?: string | undefined } = {}) =>
      emu.iam().send(new ListInstanceProfileTagsCommand({ InstanceProfileName, ...page }));

    it("have keys with regard to case, and are listed in pages", async () => {
      await create("labels", { Tags: tags(["Team", "1"]) });
      await tag("LABELS", tags(["team", "2"], ["x", "3"]));
      await untag("labels", ["TEAM", "x"]);
      assert.deepEqual((await get("labels")).Tags, tags(["Team", "1"], ["team", "2"]));
      const first = await list("labels", { MaxItems: 1 });
      assert.deepEqual([first.Tags, first.IsTruncated], [tags(["Team", "1"]), true]);
      const second = await list("labels", { Marker: first.Marker });
      assert.deepEqual([second.Tags, second.IsTruncated], [tags(["team", "2"]), false]);
    });

    it("refuse empty lists, reserved and repeated keys, and unknown profiles", async () => {
      const refused = (message: string) => ({ name: "InvalidInputException", message });
      await assert.rejects(tag("nowhere", []), refused("The provided tag map must not be null/empty."));
      await assert.rejects(untag("nowhere", []), refused("The provided tag keys must not be null/empty."));
      await assert.rejects(
        tag("nowhere", tags(["AWS:x", ""])),
        refused("Tag keys beginning with aws: are reserved for system use."),
      );
      await assert.rejects(tag("nowhere", tags(["a", ""], ["a", ""])), refused("Duplicate tag keys found."));
      await assert.rejects(tag("nowhere", tags(["a", ""])), noProfile("nowhere"));
      await assert.rejects(untag("nowhere", ["a"]), noProfile("nowhere"));
      await assert.rejects(list("nowhere"), noProfile("nowhere"));
    });

    it("are at most fifty", async () => {
      await create("full");
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
    const arn = (rest: string) => `arn:aws:iam::000000000000:instance-profile${rest}`;

    it("is asked on the stored ARN", async () => {
      await create("Guarded", { Path: "/p/" });
      const guest = await role("guest");
      const InstanceProfileName = "GUARDED";
      const stored = arn("/p/Guarded");
      await asksPermissionOn(emu, "iam:GetInstanceProfile", stored, (iam) =>
        iam.send(new GetInstanceProfileCommand({ InstanceProfileName })),
      );
      await asksPermissionOn(emu, "iam:TagInstanceProfile", stored, (iam) =>
        iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags: tags(["a", ""]) })),
      );
      await asksPermissionOn(emu, "iam:UntagInstanceProfile", stored, (iam) =>
        iam.send(new UntagInstanceProfileCommand({ InstanceProfileName, TagKeys: ["a"] })),
      );
      await asksPermissionOn(emu, "iam:ListInstanceProfileTags", stored, (iam) =>
        iam.send(new ListInstanceProfileTagsCommand({ InstanceProfileName })),
      );
      await asksPermissionOn(emu, "iam:ListInstanceProfiles", arn("/p/"), (iam) =>
        iam.send(new ListInstanceProfilesCommand({ PathPrefix: "/p/" })),
      );
      await asksPermissionOn(emu, "iam:ListInstanceProfilesForRole", guest.arn, (iam) =>
        iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: "GUEST" })),
      );
      await asksPermissionOn(emu, "iam:CreateInstanceProfile", arn("/p/New"), (iam) =>
        create("New", { Path: "/p/" }, iam),
      );
      await add("Guarded", "guest");
      await asksPermissionOn(emu, "iam:RemoveRoleFromInstanceProfile", stored, (iam) =>
        iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: "guest" })),
      );
      await asksPermissionOn(emu, "iam:DeleteInstanceProfile", stored, (iam) =>
        iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName })),
      );
    });

    it("to tag is asked where a profile is made with tags", async () => {
      const caller = await createUser(emu, "creator", { statements: [allow("iam:CreateInstanceProfile")] });
      await assert.rejects(
        create("tagless", { Tags: tags(["a", ""]) }, emu.iam(caller.credentials)),
        noPolicyAllows(caller.arn, "iam:TagInstanceProfile", arn("/tagless")),
      );
    });
  });
});
