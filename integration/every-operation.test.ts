import assert from "node:assert/strict";
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { services, type ApiOperation, type Member } from "../server/api/model.ts";
import { emulator } from "./emulator.ts";
import { filled } from "./filled.ts";
import { createUser } from "./fixtures.ts";

const SDKS: Readonly<Record<string, any>> = { iam, sts };

/** The answers of operations that ask for no permission of their own name, or check something before it. */
const OTHERWISE: Readonly<Record<string, RegExp | undefined>> = {
  AcquireRole: /not authorized to perform: iam:GetRoleTemplateVersion/,
  AssumeRole: /^MultiFactorAuthentication failed/,
  AssumeRoleWithSAML: /^Request ARN is invalid$/,
  AssumeRoleWithWebIdentity: /^Request ARN is invalid$/,
  AssumeRoot: /^Request must contain a valid target principal$/,
  GetCallerIdentity: undefined,
  GetScopedCredentials: /can only be called with temporary security credentials\.$/,
  GetSessionToken: /^MultiFactorAuthentication failed/,
};

/** Larger limits, which documents have, take long to break, and are all of one kind. */
const LONGEST = 20_000;

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** Values that each break one constraint of a member, with the expected message. Undefined leaves the member out. */
function* broken({ name, required, shape }: Member): Iterable<readonly [value: unknown, message: RegExp]> {
  const member = lowerFirst(name);
  const rule = (text: string) => new RegExp(`Value (?:.* )?at '${member}' failed to satisfy constraint: ${text}`, "s");
  const { min, max } = shape;
  if (required) yield [undefined, rule("Member must not be null")];
  if (shape.type === "integer") {
    if (min !== undefined) yield [min - 1, rule(`Member must have value greater than or equal to ${min}`)];
    if (max !== undefined) yield [max + 1, rule(`Member must have value less than or equal to ${max}`)];
  } else if (shape.type === "string") {
    if (min !== undefined && min > 0) {
      yield ["a".repeat(min - 1), rule(`Member must have length greater than or equal to ${min}`)];
    }
    if (max !== undefined && max < LONGEST) {
      yield ["a".repeat(max + 1), rule(`Member must have length less than or equal to ${max}`)];
    }
    const control = "\u0000".repeat(Math.max(1, min ?? 0));
    // The message for an ARN is used only if the ARN fits the pattern.
    if (shape.worded && shape.worded !== "arn")
      yield [control, new RegExp(`^The specified value for ${member} is invalid\\.`)];
    else if (shape.pattern) yield [control, rule("Member must satisfy regular expression pattern: ")];
    else if (shape.enum) yield ["none", rule("Member must satisfy enum value set: ")];
  } else if (shape.type === "list" && max !== undefined) {
    const element = shape.of.type === "structure" ? filled(shape.of.of) : "a";
    yield [
      Array.from({ length: max + 1 }, () => element),
      rule(`Member must have length less than or equal to ${max}`),
    ];
  }
}

describe("Every operation", () => {
  const emu = emulator();
  /** Clients of a user without permissions. */
  const clients: Record<string, any> = {};
  before(async () => {
    const { credentials } = await createUser(emu, "nobody");
    Object.assign(clients, { iam: emu.iam(credentials), sts: emu.sts(credentials) });
  });

  const send = ({ name, service }: ApiOperation, input: object): Promise<unknown> =>
    clients[service.name].send(new SDKS[service.name][`${name}Command`](input));

  for (const { name: service, operations } of services.values()) {
    for (const operation of operations.values()) {
      const { name, input } = operation;
      if (name in OTHERWISE) {
        it(`answers a caller without permissions in its own way: ${name}`, async () => {
          const message = OTHERWISE[name];
          if (message === undefined) await send(operation, filled(input));
          else await assert.rejects(send(operation, filled(input)), { message });
        });
      } else {
        it(`is refused to a caller without permissions, before anything is looked up: ${name}`, async () => {
          await assert.rejects(send(operation, filled(input)), {
            name: "AccessDenied",
            message: new RegExp(`is not authorized to perform:? ${service}:${name}\\b`),
          });
        });
      }

      const cases = input.members.flatMap((member) => Array.from(broken(member), (one) => ({ member, one })));
      if (cases.length === 0) continue;
      it(`refuses what breaks the limits of a member, before the permission is asked: ${name}`, async () => {
        for (const { member, one } of cases) {
          const [value, message] = one;
          await assert.rejects(send(operation, { ...filled(input), [member.name]: value }), {
            name: "ValidationError",
            message,
          });
        }
      });
    }
  }
});
