import assert from "node:assert/strict";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteUserCommand,
  GetUserCommand,
  type IAMClient,
  ListUsersCommand,
  PutUserPolicyCommand,
  TagUserCommand,
} from "@aws-sdk/client-iam";
import { fromTrailCommand } from "../../workbench/from-trail/command.ts";
import { type Emulator, emulator } from "../emulator.ts";

/** What a run of a tool may do. */
async function work(iam: IAMClient): Promise<void> {
  await iam.send(new CreateUserCommand({ UserName: "made", Path: "/team/", Tags: [{ Key: "a", Value: "b" }] }));
  await iam.send(new TagUserCommand({ UserName: "made", Tags: [{ Key: "c", Value: "d" }] }));
  await iam.send(new GetUserCommand({ UserName: "made" }));
  await iam.send(new CreateGroupCommand({ GroupName: "makers" }));
  await iam.send(new ListUsersCommand({}));
  await iam.send(new DeleteGroupCommand({ GroupName: "makers" }));
  await iam.send(new DeleteUserCommand({ UserName: "made" }));
}

async function userWith(
  emulated: Emulator,
  name: string,
  attach: (iam: IAMClient) => Promise<unknown>,
): Promise<IAMClient> {
  const root = emulated.iam();
  await root.send(new CreateUserCommand({ UserName: name }));
  await attach(root);
  const { AccessKey } = await root.send(new CreateAccessKeyCommand({ UserName: name }));
  return emulated.iam({ accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! });
}

const limited = (emulated: Emulator, name: string, PolicyDocument: string) =>
  userWith(emulated, name, (root) =>
    root.send(new PutUserPolicyCommand({ UserName: name, PolicyName: "derived", PolicyDocument })),
  );

describe("the policy for what somebody did", () => {
  const emulated = emulator();
  let document: string;

  it("is derived from a running emulator's trail", async () => {
    const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
    await work(
      await userWith(emulated, "admin", (root) =>
        root.send(new AttachUserPolicyCommand({ UserName: "admin", PolicyArn })),
      ),
    );
    let [output, errors] = ["", ""];
    const code = await fromTrailCommand(
      {
        files: [],
        endpoint: emulated.server.endpoint,
        principal: "user/admin",
        resources: "exact",
        anyAccount: false,
        mfa: false,
        kind: "user-inline",
        verify: true,
      },
      { write: (text: string) => (output += text) },
      { write: (text: string) => (errors += text) },
    );
    assert.deepEqual([code, errors], [0, "7 calls.\n"]);
    document = output;
    const { Statement } = JSON.parse(document);
    assert.deepEqual(Statement[0], {
      Effect: "Allow",
      Action: ["iam:CreateGroup", "iam:DeleteGroup"],
      Resource: "arn:aws:iam::000000000000:group/makers",
    });
  });

  it("lets a limited user do the same", async () => {
    await work(await limited(emulated, "limited", document));
  });

  it("lets nobody do it with any action less", async () => {
    const policy = JSON.parse(document);
    const actions: string[] = policy.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action);
    assert.ok(actions.length >= 7, document);
    for (const [i, action] of actions.entries()) {
      const Statement = policy.Statement.flatMap((statement: { Action: string | string[] }) => {
        const Action = [statement.Action].flat().filter((one) => one !== action);
        return Action.length === 0 ? [] : [{ ...statement, Action }];
      });
      const iam = await limited(emulated, `less-${i}`, JSON.stringify({ ...policy, Statement }));
      await assert.rejects(work(iam), {
        name: "AccessDenied",
        message: new RegExp(`perform: ${action} on resource: `),
      });
      await clear(emulated);
    }
  });
});

/** Takes away what a run that was refused has left. */
async function clear(emulated: Emulator): Promise<void> {
  const root = emulated.iam();
  await root.send(new DeleteGroupCommand({ GroupName: "makers" })).catch(() => {});
  await root.send(new DeleteUserCommand({ UserName: "made" })).catch(() => {});
}
