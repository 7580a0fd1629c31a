import assert from "node:assert/strict";
import {
  CreateAccountAliasCommand,
  DeleteAccountAliasCommand,
  ListAccountAliasesCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { afterEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { asksPermissionOn } from "./authorization.ts";

describe("account aliases", () => {
  const emu = emulator();
  const stranger = () => emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
  const create = (AccountAlias: string, iam: IAMClient = emu.iam()) =>
    iam.send(new CreateAccountAliasCommand({ AccountAlias }));
  const remove = (AccountAlias: string, iam: IAMClient = emu.iam()) =>
    iam.send(new DeleteAccountAliasCommand({ AccountAlias }));
  const list = async (iam: IAMClient = emu.iam()) => {
    const { AccountAliases, IsTruncated, Marker } = await iam.send(new ListAccountAliasesCommand({}));
    assert.equal(IsTruncated, false);
    assert.equal(Marker, undefined);
    return AccountAliases;
  };
  const taken = (alias: string) => ({
    name: "EntityAlreadyExistsException",
    message: `The account alias ${alias} already exists.`,
  });
  const missing = (alias: string) => ({
    name: "NoSuchEntityException",
    message: `The account alias ${alias} cannot be found.`,
  });

  afterEach(async () => {
    for (const iam of [emu.iam(), stranger()]) for (const alias of (await list(iam)) ?? []) await remove(alias, iam);
  });

  it("begin as an empty list", async () => {
    assert.deepEqual(await list(), []);
  });

  it("are at most one: a new one takes the place of the old", async () => {
    await create("acme");
    await create("acme-2");
    assert.deepEqual(await list(), ["acme-2"]);
    await create("acme");
    assert.deepEqual(await list(), ["acme"]);
  });

  it("can be deleted once", async () => {
    await create("acme");
    await assert.rejects(remove("acme-2"), missing("acme-2"));
    await remove("acme");
    assert.deepEqual(await list(), []);
    await assert.rejects(remove("acme"), missing("acme"));
  });

  it("are refused while they are taken, by another account or by this one", async () => {
    await create("acme");
    await assert.rejects(create("acme"), taken("acme"));
    await assert.rejects(create("acme", stranger()), taken("acme"));
    await assert.rejects(remove("acme", stranger()), missing("acme"));
    await create("acme-2");
    await create("acme", stranger());
    assert.deepEqual(await list(stranger()), ["acme"]);
    assert.deepEqual(await list(), ["acme-2"]);
  });

  it("are given to one of two accounts that race for one", async () => {
    const outcomes = await Promise.allSettled([create("acme"), create("acme", stranger())]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  });

  for (const alias of ["ab", "a".repeat(64), "Acme", "-acme", "acme-", "ac--me", "ac_me", "acme.org"]) {
    it(`are refused where they are malformed, as "${alias}" is`, async () => {
      await assert.rejects(create(alias), {
        name: "ValidationError",
        message:
          "The specified value for accountAlias is invalid. It must be a minimum length of 3 characters and maximum length of 63 characters, contain only digits, lowercase letters, and hyphens (-), but cannot begin or end with a hyphen.",
      });
    });
  }

  it("are not the number of an account", async () => {
    await assert.rejects(create("111122223333"), {
      name: "ValidationError",
      message: "The specified value for accountAlias is invalid. It cannot be a 12-digit number.",
    });
    await create("1111222233334");
  });

  it("ask for permission on everything", async () => {
    await asksPermissionOn(emu, "iam:CreateAccountAlias", "*", (iam) => create("acme", iam));
    await asksPermissionOn(emu, "iam:ListAccountAliases", "*", (iam) => list(iam));
    await asksPermissionOn(emu, "iam:DeleteAccountAlias", "*", (iam) => remove("acme", iam));
  });
});
