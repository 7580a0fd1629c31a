import assert from "node:assert/strict";
import * as sdk from "@aws-sdk/client-iam";
import * as stsSdk from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, document, trust } from "../fixtures.ts";

type Wait = (
  params: { client: sdk.IAMClient; maxWaitTime: number; minDelay: number; maxDelay: number },
  input: object,
) => Promise<{ readonly state: string }>;
type Create = (iam: sdk.IAMClient) => Promise<unknown>;

const AWAITED: Readonly<Record<string, readonly [input: object, create: Create]>> = {
  UserExists: [{ UserName: "awaited" }, (iam) => iam.send(new sdk.CreateUserCommand({ UserName: "awaited" }))],
  RoleExists: [
    { RoleName: "awaited" },
    (iam) => {
      const AssumeRolePolicyDocument = document(trust("arn:aws:iam::000000000000:root"));
      return iam.send(new sdk.CreateRoleCommand({ RoleName: "awaited", AssumeRolePolicyDocument }));
    },
  ],
  PolicyExists: [
    { PolicyArn: "arn:aws:iam::000000000000:policy/awaited" },
    (iam) => iam.send(new sdk.CreatePolicyCommand({ PolicyName: "awaited", PolicyDocument: document(allow("s3:*")) })),
  ],
  InstanceProfileExists: [
    { InstanceProfileName: "awaited" },
    (iam) => iam.send(new sdk.CreateInstanceProfileCommand({ InstanceProfileName: "awaited" })),
  ],
};

const waiters = Object.entries({ ...sdk, ...stsSdk }).filter(([name]) => name.startsWith("waitUntil")) as unknown as [
  string,
  Wait,
][];

describe("The SDK's waiters", () => {
  const emu = emulator();

  it("are those of this list", () => {
    assert.deepEqual(
      waiters.map(([name]) => name.slice("waitUntil".length)).toSorted(),
      Object.keys(AWAITED).toSorted(),
    );
  });

  for (const [name, wait] of waiters) {
    it(`ask again where there is nothing yet, and end when there is: ${name}`, async () => {
      const [input, create] = AWAITED[name.slice("waitUntil".length)]!;
      const answers: string[] = [];
      const client = emu.iam();
      client.middlewareStack.add(
        (next) => async (args) => {
          try {
            const result = await next(args);
            answers.push("found");
            return result;
          } catch (error) {
            answers.push((error as Error).name);
            await create(emu.iam());
            throw error;
          }
        },
        { step: "initialize" },
      );
      const { state } = await wait({ client, maxWaitTime: 5, minDelay: 0.01, maxDelay: 0.02 }, input);
      assert.equal(state, "SUCCESS");
      assert.deepEqual(answers, ["NoSuchEntityException", "found"]);
    });
  }
});
