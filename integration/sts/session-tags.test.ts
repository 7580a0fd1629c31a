import assert from "node:assert/strict";
import { GetUserCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, type AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  notAuthorized,
  type TestRole,
  type TestUser,
  trust,
} from "../fixtures.ts";

const ROOT = "arn:aws:iam::000000000000:root";
const MAY_TAG = ["sts:AssumeRole", "sts:TagSession"];

const tags = (...pairs: readonly (readonly [string, string])[]) => pairs.map(([Key, Value]) => ({ Key, Value }));

describe("session tags of AssumeRole", () => {
  const emu = emulator();
  let ann: TestUser;
  /** Each role may get the user named in its session tag `user`, and may assume the next role. */
  let first: TestRole;
  let second: TestRole;
  let third: TestRole;

  before(async () => {
    ann = await createUser(emu, "ann", { statements: [allow(MAY_TAG)] });
    const own = allow("iam:GetUser", "arn:aws:iam::000000000000:user/${aws:PrincipalTag/user}");
    const chained = { trusts: [trust(ROOT, MAY_TAG)], statements: [own, allow(MAY_TAG)] };
    first = await createRole(emu, "first", chained);
    second = await createRole(emu, "second", { ...chained, Tags: [{ Key: "user", Value: "nobody" }] });
    third = await createRole(emu, "third", chained);
  });

  const call = (credentials: Credentials, role: TestRole, more: Partial<AssumeRoleCommandInput>) =>
    emu.sts(credentials).send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "session", ...more }));

  /** Whether the session's tags allow it to get the user `ann`. */
  async function getsAnn(credentials: Credentials): Promise<boolean> {
    try {
      await emu.iam(credentials).send(new GetUserCommand({ UserName: "ann" }));
      return true;
    } catch (error) {
      assert.equal((error as Error).name, "AccessDenied");
      return false;
    }
  }

  it("are tags of the principal in what the session does", async () => {
    assert.ok(await getsAnn(await assume(emu, ann.credentials, first, { Tags: tags(["user", "ann"]) })));
    assert.equal(await getsAnn(await assume(emu, ann.credentials, first, { Tags: tags(["user", "bob"]) })), false);
    assert.equal(await getsAnn(await assume(emu, ann.credentials, first)), false);
  });

  it("win over the role's own tags", async () => {
    assert.ok(await getsAnn(await assume(emu, ann.credentials, second, { Tags: tags(["user", "ann"]) })));
  });

  it("need sts:TagSession of the caller's policy or the trust policy", async () => {
    const role = await createRole(emu, "untagged", { trusts: [trust(ann.arn)] });
    const bob = await createUser(emu, "bob", { statements: [allow("sts:AssumeRole")] });
    assert.ok((await call(bob.credentials, first, {})).Credentials);
    for (const [user, target] of [
      [ann, role],
      [bob, first],
    ] as const) {
      await assert.rejects(
        call(user.credentials, target, { Tags: tags(["user", "ann"]) }),
        notAuthorized(user.arn, "sts:TagSession", target.arn),
      );
    }
  });

  it("tell their part of the largest token in PackedPolicySize", async () => {
    const answer = await call(ann.credentials, first, { Tags: tags(["user", "ann"]) });
    assert.equal(answer.PackedPolicySize, answer.SessionTokenUtilization);
    assert.equal((await call(ann.credentials, first, {})).PackedPolicySize, undefined);
  });

  it("may be fifty", async () => {
    const fifty = Array.from({ length: 50 }, (_, i): [string, string] => [`key-${i}`, "value"]);
    assert.ok((await call(ann.credentials, first, { Tags: tags(...fifty) })).PackedPolicySize);
    await assert.rejects(call(ann.credentials, first, { Tags: tags(...fifty, ["one", "more"]) }), {
      name: "ValidationError",
      message:
        /^1 validation error detected: .* at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50$/,
    });
  });

  it("are refused where they do not fit into the token", async () => {
    const large = Array.from({ length: 50 }, (_, i): [string, string] => [`key-${i}`, "v".repeat(256)]);
    await assert.rejects(call(ann.credentials, first, { Tags: tags(...large) }), {
      name: "PackedPolicyTooLargeException",
      message: /^Packed size of session tags consumes [4-9]\d\d% of allotted space\.$/,
    });
  });

  describe("refusals", () => {
    const CONFLICT =
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.";
    const REFUSED: readonly [what: string, input: Partial<AssumeRoleCommandInput>, message: string][] = [
      [
        "keys that differ in case only",
        { Tags: tags(["Team", "red"], ["team", "blue"]) },
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      ],
      [
        "a transitive key that is not among the tags",
        { Tags: tags(["team", "red"]), TransitiveTagKeys: ["user"] },
        "The specified transitive tag key must be included in the requested tags.",
      ],
      [
        "a transitive key without any tags",
        { TransitiveTagKeys: ["user"] },
        "The specified transitive tag key must be included in the requested tags.",
      ],
      [
        "a key that begins with aws:",
        { Tags: tags(["AWS:team", "red"]) },
        "Tag keys beginning with aws: are reserved for system use.",
      ],
    ];
    for (const [what, input, message] of REFUSED) {
      it(what, async () => {
        await assert.rejects(call(ann.credentials, first, input), {
          name: "InvalidParameterValue",
          message,
        });
      });
    }

    it("a key that is inherited, in whatever case", async () => {
      const credentials = await assume(emu, ann.credentials, first, {
        Tags: tags(["user", "ann"]),
        TransitiveTagKeys: ["user"],
      });
      for (const key of ["user", "USER"]) {
        await assert.rejects(call(credentials, second, { Tags: tags([key, "bob"]) }), {
          name: "InvalidParameterValue",
          message: CONFLICT,
        });
      }
    });

    it("come after authorization", async () => {
      const eve = await createUser(emu, "eve");
      await assert.rejects(
        call(eve.credentials, first, { Tags: tags(["a", "1"], ["A", "2"]) }),
        notAuthorized(eve.arn, "sts:AssumeRole", first.arn),
      );
    });
  });

  describe("in a chain of roles", () => {
    const transitive = { Tags: tags(["user", "ann"], ["team", "red"]), TransitiveTagKeys: ["USER"] };

    it("pass on, all the way, where they are transitive, and without regard to case", async () => {
      const one = await assume(emu, ann.credentials, first, transitive);
      const two = await assume(emu, one, second);
      const three = await assume(emu, two, third);
      for (const credentials of [one, two, three]) assert.ok(await getsAnn(credentials));
    });

    it("do not pass on where they are not", async () => {
      const one = await assume(emu, ann.credentials, first, { Tags: tags(["user", "ann"]) });
      assert.ok(await getsAnn(one));
      assert.equal(await getsAnn(await assume(emu, one, third)), false);
    });

    it("need sts:TagSession of the next role also where they are inherited only", async () => {
      const role = await createRole(emu, "tagless", { trusts: [trust(ROOT)] });
      const one = await assume(emu, ann.credentials, first, transitive);
      await assert.rejects(
        call(one, role, {}),
        notAuthorized("arn:aws:sts::000000000000:assumed-role/first/session", "sts:TagSession", role.arn),
      );
    });

    it("add to those that are inherited", async () => {
      const one = await assume(emu, ann.credentials, first, transitive);
      const two = await assume(emu, one, second, { Tags: tags(["team", "blue"]) });
      assert.ok(await getsAnn(two));
    });

    it("can become transitive in the middle", async () => {
      const one = await assume(emu, ann.credentials, first);
      const two = await assume(emu, one, second, { Tags: tags(["user", "ann"]), TransitiveTagKeys: ["user"] });
      assert.ok(await getsAnn(await assume(emu, two, third)));
    });
  });
});
