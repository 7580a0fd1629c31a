import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, document } from "../fixtures.ts";
import { ROLE, USER, simulator, string } from "./simulation.ts";

describe("conditions in SimulateCustomPolicy", () => {
  const emu = emulator();
  const { result, decisions } = simulator(emu);

  const whenMfa = { ...allow("iam:GetUser"), Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };

  it("are decided by the context entries", async () => {
    const PolicyInputList = [document(whenMfa)];
    const mfa = (value: string) => [
      { ...string("aws:MultiFactorAuthPresent", value), ContextKeyType: "boolean" as const },
    ];
    assert.deepEqual(await decisions({ PolicyInputList, ContextEntries: mfa("true") }), ["allowed"]);
    assert.deepEqual(await decisions({ PolicyInputList, ContextEntries: mfa("false") }), ["implicitDeny"]);
  });

  it("whose keys are not given are told, of all statements and while the action is not allowed", async () => {
    const bySource = { ...allow("s3:*"), Condition: { StringEquals: { "aws:SourceVpc": "${aws:userid}" } } };
    const PolicyInputList = [document(whenMfa, bySource)];
    assert.deepEqual((await result({ PolicyInputList })).MissingContextValues!.toSorted(), [
      "aws:MultiFactorAuthPresent",
      "aws:SourceVpc",
      "aws:userid",
    ]);
    const given = await result({ PolicyInputList, ContextEntries: [string("AWS:multifactorauthpresent", "false")] });
    assert.deepEqual(given.MissingContextValues!.toSorted(), ["aws:SourceVpc", "aws:userid"]);
    const other = await result({ PolicyInputList: [...PolicyInputList, document(allow("*"))] });
    assert.deepEqual([other.EvalDecision, other.MissingContextValues], ["allowed", []]);
  });

  it("whose keys are not given are told of each resource and, once each, of all of them", async () => {
    const PolicyInputList = [document(whenMfa)];
    const { MissingContextValues, ResourceSpecificResults } = await result({
      PolicyInputList,
      ResourceArns: [USER, `${USER}2`],
    });
    assert.deepEqual(MissingContextValues, ["aws:MultiFactorAuthPresent"]);
    assert.deepEqual(
      ResourceSpecificResults!.map((one) => one.MissingContextValues),
      [["aws:MultiFactorAuthPresent"], ["aws:MultiFactorAuthPresent"]],
    );
  });

  it("see the stub user id and the account without a caller, and what its ARN tells of one", async () => {
    const equals = (key: string, value: string) => ({ ...allow("*"), Condition: { StringEquals: { [key]: value } } });
    const isAbsent = (key: string) => ({ ...allow("*"), Condition: { Null: { [key]: "true" } } });
    const holds = async (statement: object, CallerArn?: string) =>
      (await decisions({ PolicyInputList: [document({ ...statement })], CallerArn }))[0] === "allowed";
    assert.ok(await holds(equals("aws:userid", "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR")));
    assert.ok(await holds(equals("aws:PrincipalAccount", "000000000000")));
    assert.ok(await holds(isAbsent("aws:PrincipalArn")));
    assert.ok(await holds(isAbsent("aws:username")));
    assert.ok(await holds(equals("aws:userid", USER), USER));
    assert.ok(await holds(equals("aws:PrincipalArn", USER), USER));
    assert.ok(await holds(equals("aws:username", "alice"), USER));
    assert.ok(await holds(isAbsent("aws:username"), ROLE));
    const mine = [string("aws:UserId", "mine")];
    assert.deepEqual(
      await decisions({ PolicyInputList: [document(equals("aws:userid", "mine"))], ContextEntries: mine }),
      ["allowed"],
    );
  });

  it("on lists are not met by operators for one value", async () => {
    const list = [{ ...string("aws:TagKeys", "team"), ContextKeyType: "stringList" as const }];
    const when = (Condition: object) => [document({ ...allow("*"), Condition })];
    const decide = async (Condition: object) =>
      (await decisions({ PolicyInputList: when(Condition), ContextEntries: list }))[0];
    assert.equal(await decide({ StringLike: { "aws:TagKeys": "*" } }), "implicitDeny");
    assert.equal(await decide({ "ForAnyValue:StringLike": { "aws:TagKeys": "*" } }), "allowed");
  });

  it("on numbers differ from real requests in what is no number (NumericNotEquals)", async () => {
    const PolicyInputList = [document({ ...allow("*"), Condition: { NumericNotEquals: { "stack:number": "1" } } })];
    assert.deepEqual(await decisions({ PolicyInputList, ContextEntries: [string("stack:number", "none")] }), [
      "implicitDeny",
    ]);
  });
});
