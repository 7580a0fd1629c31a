import assert from "node:assert/strict";
import {
  AcceptDelegationRequestCommand,
  AssociateDelegationRequestCommand,
  CreateDelegationRequestCommand,
  GetDelegationRequestCommand,
  ListDelegationRequestsCommand,
  RejectDelegationRequestCommand,
  SendDelegationTokenCommand,
  UpdateDelegationRequestCommand,
  type CreateDelegationRequestCommandInput,
  type IAMClient,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { CHANNEL, createRequest, notificationsOf, onboard, PARTNER, TEMPLATE } from "../delegation.ts";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, createUser, deny, document, trust, type TestUser } from "../fixtures.ts";
import { control } from "../mfa/control.ts";
import { rootOf } from "../organization.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const OWNER = "000000000000";
const OTHER = "111122223333";
const NOW = new Date("2026-11-24T12:00:00Z");
const WEEK = 7 * 86_400;

type Step = (id: string, iam?: IAMClient, Notes?: string) => Promise<unknown>;

describe("delegation requests", () => {
  const emu = emulator();
  let owner: TestUser;
  let admin: TestUser;

  before(async () => {
    await onboard(emu);
    owner = await createUser(emu, "owner", { statements: [allow("iam:*")] });
    admin = await createUser(emu, "admin", { statements: [allow("*")] });
  });

  const asOwner = () => emu.iam(owner.credentials);
  const associate: Step = (DelegationRequestId, iam = asOwner()) =>
    iam.send(new AssociateDelegationRequestCommand({ DelegationRequestId }));
  const update: Step = (DelegationRequestId, iam = asOwner(), Notes) =>
    iam.send(new UpdateDelegationRequestCommand({ DelegationRequestId, Notes }));
  const accept: Step = (DelegationRequestId, iam = asOwner()) =>
    iam.send(new AcceptDelegationRequestCommand({ DelegationRequestId }));
  const reject: Step = (DelegationRequestId, iam = asOwner(), Notes) =>
    iam.send(new RejectDelegationRequestCommand({ DelegationRequestId, Notes }));
  const sendToken: Step = (DelegationRequestId, iam = asOwner()) =>
    iam.send(new SendDelegationTokenCommand({ DelegationRequestId }));
  const get = async (DelegationRequestId: string, iam = asOwner(), DelegationPermissionCheck?: boolean) => {
    const { $metadata: _metadata, ...answer } = await iam.send(
      new GetDelegationRequestCommand({ DelegationRequestId, DelegationPermissionCheck }),
    );
    return answer;
  };
  const request = async (id: string, iam = asOwner()) => (await get(id, iam)).DelegationRequest!;
  const stateOf = async (id: string) => (await request(id)).State;
  const arnOf = (id: string) => `arn:aws:iam::${OWNER}:delegation-request/${id}`;
  const missing = (id: string) => ({
    name: "NoSuchEntityException",
    message: `The delegation request with id ${id} cannot be found.`,
  });
  const wrongState = (id: string, state: string, needed: string) => ({
    name: "InvalidInputException",
    message: `The delegation request with id ${id} is in state ${state}; it must be in ${needed}.`,
  });

  describe("CreateDelegationRequest", () => {
    const create = (more: Partial<CreateDelegationRequestCommandInput> = {}, iam = emu.iam(rootOf(emu, PARTNER))) =>
      iam.send(
        new CreateDelegationRequestCommand({
          Description: "d",
          Permissions: {
            PolicyTemplateArn: TEMPLATE,
            Parameters: [{ Name: "Resources", Values: ["*"], Type: "string" }],
          },
          RequestorWorkflowId: "create-workflow",
          NotificationChannel: CHANNEL,
          SessionDuration: 300,
          ...more,
        }),
      );

    it("answers an id and a link, and the request can be read by any account", async () => {
      const { DelegationRequestId: id, ConsoleDeepLink } = await create({
        RequestorWorkflowId: "first-workflow",
        RequestMessage: "again",
        RedirectUrl: "https://acme.example/back?x=1",
        OnlySendByOwner: true,
      });
      assert.equal(ConsoleDeepLink, `https://console.aws.amazon.com/iam/home#/delegation-requests/${id}`);
      const shown = {
        DelegationRequestId: id,
        Description: "d",
        RequestMessage: "again",
        Permissions: {
          PolicyTemplateArn: TEMPLATE,
          Parameters: [{ Name: "Resources", Values: ["*"], Type: "string" }],
        },
        PermissionPolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Action: ["iam:GetUser", "iam:ListUsers"], Resource: "*" },
        }),
        RolePermissionRestrictionArns: ["arn:aws:iam::aws:policy/PowerUserAccess"],
        State: "UNASSIGNED",
        ExpirationTime: new Date("2026-12-01T12:00:00Z"),
        RequestorId: PARTNER,
        RequestorName: "Acme",
        CreateDate: NOW,
        SessionDuration: 300,
        RedirectUrl: "https://acme.example/back?x=1",
        OnlySendByOwner: true,
        UpdatedTime: NOW,
      };
      for (const iam of [asOwner(), emu.iam(rootOf(emu, OTHER))]) {
        assert.deepEqual(await get(id!, iam), { DelegationRequest: shown });
      }
    });

    it("is for the account that it names, and no other, to see", async () => {
      const id = await createRequest(emu, { OwnerAccountId: OWNER });
      const { OwnerAccountId, State } = await request(id);
      assert.deepEqual([OwnerAccountId, State], [OWNER, "UNASSIGNED"]);
      for (const account of [OTHER, PARTNER]) {
        await assert.rejects(get(id, emu.iam(rootOf(emu, account))), missing(id));
      }
    });

    it("is refused to accounts that are no partner's", async () => {
      await assert.rejects(create({}, asOwner()), {
        name: "AccessDenied",
        message: `Account ${OWNER} is not onboarded as a partner that may request delegation.`,
      });
    });

    it("refuses templates that the partner has not registered", async () => {
      for (const PolicyTemplateArn of [`${TEMPLATE}x`, undefined]) {
        const Parameters = [{ Name: "Resources", Values: ["*"] }];
        await assert.rejects(create({ Permissions: { PolicyTemplateArn, Parameters } }), {
          name: "InvalidInputException",
          message: `The policy template ${PolicyTemplateArn ?? ""} is not registered for account ${PARTNER}.`,
        });
      }
    });

    it("refuses parameters that do not fit", async () => {
      const withParameters = (Parameters: { Name: string; Values: string[]; Type?: "string" }[]) =>
        create({ Permissions: { PolicyTemplateArn: TEMPLATE, Parameters } });
      await assert.rejects(withParameters([]), {
        name: "InvalidInputException",
        message: "A value for the parameter Resources is required.",
      });
      await assert.rejects(withParameters([{ Name: "Resources", Values: ["a", "b"] }]), {
        name: "InvalidInputException",
        message: "The parameter Resources of type string takes one value.",
      });
    });

    it("refuses values that make no policy of the template", async () => {
      const Parameters = [{ Name: "Resources", Values: ["users"], Type: "string" as const }];
      await assert.rejects(create({ Permissions: { PolicyTemplateArn: TEMPLATE, Parameters } }), {
        name: "InvalidInputException",
        message: 'Resource users must be in ARN format or "*".',
      });
    });

    it("refuses a channel that is no SNS topic", async () => {
      for (const NotificationChannel of ["arn:aws:sqs:us-east-1:777788889999:queue", "topic"]) {
        await assert.rejects(create({ NotificationChannel }), {
          name: "InvalidInputException",
          message: `The notification channel ${NotificationChannel} is not an SNS topic ARN.`,
        });
      }
    });

    it("refuses a workflow id that the partner has used, to one of two that race for it", async () => {
      const both = await Promise.allSettled([create(), create()]);
      assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      await assert.rejects(create(), {
        name: "EntityAlreadyExistsException",
        message: "A delegation request with workflow id create-workflow already exists.",
      });
    });

    it("refuses what is out of the model's limits", async () => {
      const invalid = (member: string) => ({
        name: "ValidationError",
        message: new RegExp(`Value at '${member}' failed to satisfy constraint`),
      });
      await assert.rejects(create({ SessionDuration: 299 }), invalid("sessionDuration"));
      await assert.rejects(create({ SessionDuration: 43_201 }), invalid("sessionDuration"));
      await assert.rejects(create({ OwnerAccountId: "1" }), invalid("ownerAccountId"));
      await assert.rejects(create({ RedirectUrl: "ftp://acme.example" }), invalid("redirectUrl"));
      await assert.rejects(create({ RequestorWorkflowId: "four" }), invalid("requestorWorkflowId"));
    });

    it("asks permission on the partner's requests, which may depend on what is asked for", async () => {
      const arn = `arn:aws:iam::${PARTNER}:delegation-request/*`;
      const Condition = {
        StringEquals: { "iam:NotificationChannel": CHANNEL, "iam:TemplateArn": TEMPLATE },
        NumericLessThanEquals: { "iam:DelegationDuration": "600" },
      };
      const caller = await createUser(emu, "employee", {
        root: rootOf(emu, PARTNER),
        statements: [{ ...allow("iam:CreateDelegationRequest", arn), Condition }],
      });
      const iam = emu.iam(caller.credentials);
      await create({ RequestorWorkflowId: "employee-workflow", SessionDuration: 600 }, iam);
      await assert.rejects(
        create({ RequestorWorkflowId: "employee-workflow-2", SessionDuration: 601 }, iam),
        noPolicyAllows(caller.arn, "iam:CreateDelegationRequest", arn),
      );
    });
  });

  describe("take their way", () => {
    it("from nobody's through an owner's and an approver's hands to the partner, who is told of each step", async () => {
      const id = await createRequest(emu);
      await associate(id);
      assert.deepEqual(
        [(await request(id)).State, (await request(id)).OwnerId, (await request(id)).OwnerAccountId],
        ["ASSIGNED", owner.arn, OWNER],
      );
      emu.server.clock.advance(60);
      await update(id, asOwner(), "please, admin");
      const { State, Notes, UpdatedTime, ExpirationTime } = await request(id);
      assert.deepEqual(
        [State, Notes, UpdatedTime, ExpirationTime],
        ["PENDING_APPROVAL", "please, admin", new Date("2026-11-24T12:01:00Z"), new Date("2026-12-01T12:01:00Z")],
      );
      await accept(id, emu.iam(admin.credentials));
      assert.deepEqual([(await request(id)).State, (await request(id)).ApproverId], ["ACCEPTED", admin.arn]);
      await sendToken(id);
      const final = await request(id);
      assert.deepEqual([final.State, final.ExpirationTime], ["FINALIZED", new Date("2026-11-24T13:01:00Z")]);
      emu.server.clock.advance(-60);
      const notifications = await notificationsOf(emu, id);
      assert.deepEqual(
        notifications.map(({ state, tradeInToken }) => [state, tradeInToken !== undefined]),
        [
          ["ASSIGNED", false],
          ["PENDING_APPROVAL", false],
          ["ACCEPTED", false],
          ["FINALIZED", true],
        ],
      );
    });

    it("without an approver where the owner accepts", async () => {
      const id = await createRequest(emu);
      await associate(id);
      await accept(id);
      assert.equal((await request(id)).ApproverId, owner.arn);
    });

    it("into a rejection, with a reason, also after they were accepted", async () => {
      const id = await createRequest(emu);
      await associate(id);
      await accept(id);
      await reject(id, asOwner(), "no");
      const { State, RejectionReason, Notes } = await request(id);
      assert.deepEqual([State, RejectionReason, Notes], ["REJECTED", "no", undefined]);
      const unassigned = await createRequest(emu);
      await reject(unassigned);
      assert.equal(await stateOf(unassigned), "REJECTED");
    });

    it("and keep notes that an update does not replace", async () => {
      const id = await createRequest(emu);
      await associate(id);
      await update(id, asOwner(), "one");
      await update(id);
      assert.equal((await request(id)).Notes, "one");
    });

    const ways: Readonly<Record<string, readonly Step[]>> = {
      UNASSIGNED: [],
      ASSIGNED: [associate],
      PENDING_APPROVAL: [associate, update],
      ACCEPTED: [associate, accept],
      REJECTED: [associate, reject],
      FINALIZED: [associate, accept, sendToken],
    };
    const steps: readonly [name: string, step: Step, from: readonly string[]][] = [
      ["AssociateDelegationRequest", associate, ["UNASSIGNED"]],
      ["UpdateDelegationRequest", update, ["ASSIGNED", "PENDING_APPROVAL"]],
      ["AcceptDelegationRequest", accept, ["ASSIGNED", "PENDING_APPROVAL"]],
      ["RejectDelegationRequest", reject, ["UNASSIGNED", "ASSIGNED", "PENDING_APPROVAL", "ACCEPTED"]],
      ["SendDelegationToken", sendToken, ["ACCEPTED"]],
    ];
    for (const [name, step, from] of steps) {
      it(`so that ${name} is for ${from.join(", ")} alone`, async () => {
        for (const [state, way] of Object.entries(ways)) {
          const id = await createRequest(emu);
          for (const earlier of way) await earlier(id);
          assert.equal(await stateOf(id), state);
          if (from.includes(state)) await step(id);
          else {
            await assert.rejects(step(id), wrongState(id, state, from.join(" or ")));
            assert.equal(await stateOf(id), state);
          }
        }
      });
    }

    it("until they expire, a week after they were last touched", async () => {
      for (const way of [[], [associate], [associate, update], [associate, accept], [reject]]) {
        const id = await createRequest(emu);
        for (const step of way) await step(id);
        const state = await stateOf(id);
        emu.server.clock.advance(WEEK - 1);
        assert.equal(await stateOf(id), state);
        emu.server.clock.advance(1);
        assert.equal(await stateOf(id), "EXPIRED");
        await assert.rejects(
          reject(id),
          wrongState(id, "EXPIRED", "UNASSIGNED or ASSIGNED or PENDING_APPROVAL or ACCEPTED"),
        );
        emu.server.clock.advance(-WEEK);
      }
      const final = await createRequest(emu);
      for (const step of [associate, accept, sendToken]) await step(final);
      emu.server.clock.advance(2 * WEEK);
      assert.equal(await stateOf(final), "FINALIZED");
      emu.server.clock.advance(-2 * WEEK);
    });

    it("to one of two that race for them", async () => {
      const id = await createRequest(emu);
      const both = await Promise.allSettled([associate(id), associate(id, emu.iam(admin.credentials))]);
      assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
    });
  });

  describe("belong", () => {
    it("to the account that has taken them on, and are missing for others", async () => {
      const id = await createRequest(emu);
      const stranger = emu.iam(rootOf(emu, OTHER));
      await associate(id);
      for (const step of [get, associate, update, accept, reject, sendToken]) {
        await assert.rejects(step(id, stranger), missing(id));
      }
    });

    it("to nobody where there is none of that id", async () => {
      const id = "00000000-0000-4000-8000-000000000000";
      for (const step of [get, associate, update, accept, reject, sendToken])
        await assert.rejects(step(id), missing(id));
      await assert.rejects(get("short"), { name: "ValidationError" });
    });

    it("to their owner, who needs no policy to read and update them, but for a deny", async () => {
      const modest = await createUser(emu, "modest", {
        statements: [allow("iam:AssociateDelegationRequest"), deny("iam:GetUser")],
      });
      const iam = emu.iam(modest.credentials);
      const id = await createRequest(emu);
      await assert.rejects(get(id, iam), noPolicyAllows(modest.arn, "iam:GetDelegationRequest", arnOf(id)));
      await associate(id, iam);
      await get(id, iam);
      await update(id, iam);
      await assert.rejects(accept(id, iam), noPolicyAllows(modest.arn, "iam:AcceptDelegationRequest", arnOf(id)));
      await assert.rejects(reject(id, iam), noPolicyAllows(modest.arn, "iam:RejectDelegationRequest", arnOf(id)));
      await assert.rejects(sendToken(id, iam), noPolicyAllows(modest.arn, "iam:SendDelegationToken", arnOf(id)));
      const gagged = await createUser(emu, "gagged", {
        statements: [allow("iam:AssociateDelegationRequest"), deny("iam:GetDelegationRequest")],
      });
      const other = await createRequest(emu);
      await associate(other, emu.iam(gagged.credentials));
      await assert.rejects(get(other, emu.iam(gagged.credentials)), { name: "AccessDenied" });
    });

    it("to a session of a role by its own ARN", async () => {
      const role = await createRole(emu, "delegate", { trusts: [trust(admin.arn)], statements: [allow("iam:*")] });
      const id = await createRequest(emu);
      await associate(id, emu.iam(await assume(emu, admin.credentials, role)));
      assert.equal((await request(id)).OwnerId, `arn:aws:sts::${OWNER}:assumed-role/delegate/session`);
    });

    it("where only their owner may send the token, to the owner in this, too", async () => {
      const id = await createRequest(emu, { OnlySendByOwner: true });
      await associate(id);
      await accept(id, emu.iam(admin.credentials));
      await assert.rejects(sendToken(id, emu.iam(admin.credentials)), {
        name: "AccessDenied",
        message: "The token of this delegation request can only be sent by its owner.",
      });
      await sendToken(id);
    });
  });

  describe("GetDelegationRequest", () => {
    const check = async (statements: readonly object[], Resources = "arn:aws:iam::*:user/*") => {
      const name = `checker-${Math.random().toString(36).slice(2)}`;
      const checker = await createUser(emu, name, {
        statements: [allow("iam:GetDelegationRequest"), ...(statements as never[])],
      });
      const id = await createRequest(emu, {
        Permissions: {
          PolicyTemplateArn: TEMPLATE,
          Parameters: [{ Name: "Resources", Values: [Resources], Type: "string" }],
        },
      });
      const { PermissionCheckStatus, PermissionCheckResult } = await get(id, emu.iam(checker.credentials), true);
      assert.equal(PermissionCheckStatus, "COMPLETE");
      return PermissionCheckResult;
    };

    it("checks whether the caller may do all that is asked for, where that is wanted", async () => {
      assert.equal(await check([allow("iam:*")]), "ALLOWED");
      assert.equal(await check([allow(["iam:GetUser", "iam:ListUsers"], "arn:aws:iam::*:user/*")]), "ALLOWED");
      assert.equal(await check([allow("iam:GetUser")]), "DENIED");
      assert.equal(await check([allow("iam:*", "arn:aws:iam::*:user/team/*")]), "DENIED");
      assert.equal(await check([allow("iam:*"), deny("iam:ListUsers")]), "DENIED");
      assert.equal(await check([]), "DENIED");
      const Condition = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
      assert.equal(await check([{ ...allow("iam:*"), Condition }]), "UNSURE");
    });

    it("looks at every action and resource of the policy, and is unsure of what hangs on conditions or is not named", async () => {
      const partner = "222233334444";
      const PolicyTemplateArn = "arn:aws:iam::aws:delegation-template/complex/1";
      const answers: (string | undefined)[] = [];
      const may = await createUser(emu, "may-some", {
        statements: [allow(["iam:GetDelegationRequest", "s3:*", "iam:Get*"])],
      });
      for (const statements of [
        [allow("s3:Get*")],
        [allow("s3:get?bject")],
        [allow("iam:*tags")],
        [allow(["s3:ListAllMyBuckets", "ec2:RunInstances"])],
        [allow("madeup:Action")],
        [allow("s3:*"), deny("ec2:*")],
        [{ ...allow("s3:GetObject"), Condition: { Bool: { "aws:SecureTransport": "true" } } }],
        [{ NotAction: "iam:*", Resource: "*" }],
        [{ Action: "s3:GetObject", NotResource: "arn:aws:s3:::b/*" }],
      ]) {
        await control(emu, "delegation-partners", {
          account: partner,
          name: "Complex",
          templates: [{ arn: PolicyTemplateArn, document: JSON.parse(document(...statements)) }],
        });
        const NotificationChannel = `arn:aws:sns:us-east-1:${partner}:t`;
        const wanted = { Permissions: { PolicyTemplateArn }, NotificationChannel };
        const id = await createRequest(emu, wanted, rootOf(emu, partner));
        answers.push((await get(id, emu.iam(may.credentials), true)).PermissionCheckResult);
      }
      assert.deepEqual(answers, [
        "ALLOWED",
        "ALLOWED",
        "DENIED",
        "DENIED",
        "DENIED",
        "ALLOWED",
        "UNSURE",
        "UNSURE",
        "UNSURE",
      ]);
    });

    it("says nothing of a check that was not wanted", async () => {
      const id = await createRequest(emu);
      for (const wanted of [undefined, false]) {
        assert.deepEqual(Object.keys(await get(id, asOwner(), wanted)), ["DelegationRequest"]);
      }
    });
  });

  describe("ListDelegationRequests", () => {
    const list = async (
      input: { OwnerId?: string; MaxItems?: number; Marker?: string | undefined } = {},
      iam = asOwner(),
    ) => iam.send(new ListDelegationRequestsCommand(input));
    const account = "333344445555";
    const other = () => emu.iam(rootOf(emu, account));

    it("lists what identities of the account have taken on, and no more", async () => {
      const member = await createUser(emu, "ann", { root: rootOf(emu, account), statements: [allow("iam:*")] });
      assert.deepEqual((await list({}, other())).DelegationRequests, []);
      const mine = [await createRequest(emu), await createRequest(emu)];
      const theirs = await createRequest(emu);
      await createRequest(emu, { OwnerAccountId: account });
      for (const id of mine) await associate(id, emu.iam(member.credentials));
      await associate(theirs, other());
      const ids = async (input: object = {}) =>
        (await list(input, other())).DelegationRequests!.map((found) => found.DelegationRequestId!);
      assert.deepEqual((await ids()).toSorted(), [...mine, theirs].toSorted());
      assert.deepEqual((await ids({ OwnerId: member.arn })).toSorted(), mine.toSorted());
      assert.deepEqual(await ids({ OwnerId: `arn:aws:iam::${account}:user/nobody` }), []);
      const { DelegationRequests, isTruncated } = await list({ OwnerId: `arn:aws:iam::${account}:root` }, other());
      assert.deepEqual(DelegationRequests, [await request(theirs, other())]);
      assert.equal(isTruncated, false);
    });

    it("answers in pages", async () => {
      const all = (await list({}, other())).DelegationRequests!;
      const first = await list({ MaxItems: 2 }, other());
      assert.deepEqual([first.DelegationRequests!.length, first.isTruncated], [2, true]);
      const second = await list({ Marker: first.Marker }, other());
      assert.deepEqual([second.isTruncated, second.Marker], [false, undefined]);
      assert.deepEqual([...first.DelegationRequests!, ...second.DelegationRequests!], all);
      const OwnerId = `arn:aws:iam::${account}:root`;
      const invalid = { name: "ValidationError", message: "Invalid Marker." };
      await assert.rejects(list({ Marker: first.Marker, OwnerId }, other()), invalid);
      await assert.rejects(list({ Marker: "marker" }, other()), invalid);
    });

    it("asks permission on everything, which may depend on the owner", async () => {
      await asksPermissionOn(emu, "iam:ListDelegationRequests", "*", (iam) => list({}, iam));
      const Condition = { StringEquals: { "iam:DelegationRequestOwner": owner.arn } };
      const caller = await createUser(emu, "owners-only", {
        statements: [{ ...allow("iam:ListDelegationRequests"), Condition }],
      });
      await list({ OwnerId: owner.arn }, emu.iam(caller.credentials));
      await assert.rejects(
        list({}, emu.iam(caller.credentials)),
        noPolicyAllows(caller.arn, "iam:ListDelegationRequests", "*"),
      );
    });
  });

  it("ask permission on the request in the caller's account", async () => {
    for (const [action, step, way] of [
      ["iam:AssociateDelegationRequest", associate, []],
      ["iam:UpdateDelegationRequest", update, [associate]],
      ["iam:AcceptDelegationRequest", accept, [associate]],
      ["iam:RejectDelegationRequest", reject, [associate]],
      ["iam:SendDelegationToken", sendToken, [associate, accept]],
      ["iam:GetDelegationRequest", get, [associate]],
    ] as const) {
      const id = await createRequest(emu);
      for (const earlier of way) await earlier(id);
      await asksPermissionOn(emu, action, arnOf(id), (iam) => step(id, iam));
    }
  });
});
