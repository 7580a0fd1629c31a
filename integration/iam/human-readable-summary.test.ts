import assert from "node:assert/strict";
import { AssociateDelegationRequestCommand, GetHumanReadableSummaryCommand } from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { createRequest, onboard, PARTNER } from "../delegation.ts";
import { emulator } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { control } from "../mfa/control.ts";
import { rootOf } from "../organization.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

describe("GetHumanReadableSummary", () => {
  const emu = emulator();
  before(() => onboard(emu));
  const arnOf = (id: string) => `arn:aws:iam::${emu.server.account}:delegation-request/${id}`;
  const get = async (EntityArn: string, Locale?: string, iam = emu.iam()) => {
    const { $metadata: _metadata, ...answer } = await iam.send(
      new GetHumanReadableSummaryCommand({ EntityArn, Locale }),
    );
    return answer;
  };

  it("sums a delegation request up in plain English, made from its own policy", async () => {
    const id = await createRequest(emu);
    assert.deepEqual(await get(arnOf(id)), {
      SummaryContent: [
        `Acme (account ${PARTNER}) asks for access for 1 hour, with no more permissions than whoever accepts has: Looks at users.`,
        "- Allowed: iam:GetUser, iam:ListUsers on arn:aws:iam::*:user/*.",
      ].join("\n"),
      Locale: "en",
      SummaryState: "AVAILABLE",
    });
    assert.equal((await get(arnOf(id), "en_US")).Locale, "en_US");
    const long = await createRequest(emu, { SessionDuration: 7200 });
    assert.match((await get(arnOf(long))).SummaryContent!, /^Acme .* asks for access for 2 hours,/);
    const odd = await createRequest(emu, { SessionDuration: 301 });
    assert.match((await get(arnOf(odd))).SummaryContent!, /^Acme .* asks for access for 301 seconds,/);
  });

  it("leaves out nothing of what the policy says", async () => {
    await control(emu, "delegation-partners", {
      account: "222233334444",
      name: "Complex",
      templates: [
        {
          arn: "arn:aws:iam::aws:delegation-template/complex/1",
          document: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                NotAction: "iam:*",
                Resource: "*",
                Condition: { Bool: { "aws:SecureTransport": "true" }, StringLike: { "aws:UserAgent": ["a", "b"] } },
              },
              { Effect: "Deny", Action: "s3:*", NotResource: "arn:aws:s3:::b" },
              {
                Effect: "Allow",
                Action: ["s3:GetObject", "s3:PutObject"],
                Resource: ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"],
              },
              { Effect: "Deny", NotAction: ["s3:*", "iam:*"], NotResource: ["arn:aws:s3:::a", "arn:aws:s3:::b"] },
            ],
          },
        },
      ],
    });
    const id = await createRequest(
      emu,
      {
        Permissions: { PolicyTemplateArn: "arn:aws:iam::aws:delegation-template/complex/1" },
        NotificationChannel: "arn:aws:sns:us-east-1:222233334444:t",
      },
      rootOf(emu, "222233334444"),
    );
    const [, ...sentences] = (await get(arnOf(id))).SummaryContent!.split("\n");
    assert.deepEqual(sentences, [
      "- Allowed: everything but iam:* on *, if aws:SecureTransport Bool true, and aws:UserAgent StringLike a or b.",
      "- Not allowed: s3:* on everything but arn:aws:s3:::b.",
      "- Allowed: s3:GetObject, s3:PutObject on arn:aws:s3:::a/*, arn:aws:s3:::b/*.",
      "- Not allowed: everything but s3:*, iam:* on everything but arn:aws:s3:::a, arn:aws:s3:::b.",
    ]);
  });

  it("does not write other languages", async () => {
    const id = await createRequest(emu);
    for (const Locale of ["de", "fr-FR", "enx"]) {
      assert.deepEqual(await get(arnOf(id), Locale), { Locale, SummaryState: "NOT_SUPPORTED" });
    }
    await assert.rejects(get(arnOf(id), "e"), { name: "ValidationError" });
  });

  it("refuses other entities", async () => {
    for (const arn of [`arn:aws:iam::${emu.server.account}:user/ann`, "delegation-request/0000000000"]) {
      await assert.rejects(get(arn), {
        name: "InvalidInputException",
        message: `${arn} is not the ARN of a delegation-request.`,
      });
    }
  });

  it("misses requests as GetDelegationRequest does", async () => {
    const id = await createRequest(emu);
    await emu.iam().send(new AssociateDelegationRequestCommand({ DelegationRequestId: id }));
    for (const [missing, iam] of [
      ["no-such-delegation-request", emu.iam()],
      [id, emu.iam(rootOf(emu, "111122223333"))],
    ] as const) {
      await assert.rejects(get(arnOf(missing), undefined, iam), {
        name: "NoSuchEntityException",
        message: `The delegation request with id ${missing} cannot be found.`,
      });
    }
  });

  it("misses a request under the ARN of another account", async () => {
    const id = await createRequest(emu);
    await assert.rejects(get(`arn:aws:iam::111122223333:delegation-request/${id}`), {
      name: "NoSuchEntityException",
      message: `The delegation request with id ${id} cannot be found.`,
    });
  });

  it("asks permission on the request, which its owner has by default", async () => {
    const id = await createRequest(emu);
    await asksPermissionOn(emu, "iam:GetHumanReadableSummary", arnOf(id), (iam) => get(arnOf(id), undefined, iam));
    const owner = await createUser(emu, "owner", { statements: [allow("iam:AssociateDelegationRequest")] });
    const iam = emu.iam(owner.credentials);
    await assert.rejects(
      get(arnOf(id), undefined, iam),
      noPolicyAllows(owner.arn, "iam:GetHumanReadableSummary", arnOf(id)),
    );
    await iam.send(new AssociateDelegationRequestCommand({ DelegationRequestId: id }));
    await get(arnOf(id), undefined, iam);
  });
});
