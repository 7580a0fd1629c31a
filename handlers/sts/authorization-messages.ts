import type { Authorization } from "../authorize.ts";
import type { Caller } from "../caller.ts";
import { InvalidAuthorizationMessageException } from "../errors.ts";
import { operation, type SessionSealer } from "../operation.ts";
import { explain, type StatementFinding } from "../../policy/explain.ts";
import type { Policies } from "../../policy/evaluate.ts";
import { structureOf } from "../../policy/structure.ts";
import { admits } from "./admission.ts";

// IAM and STS answer with plain messages. The encoded messages are denials that other services on this machine get from
// `POST /_emulator/authorize` and pass to their callers, as EC2 and others do.

/** The sealed content. Sessions are sealed with the same key, but have no such member. */
interface SealedMessage {
  readonly account: string;
  readonly authorizationMessage: string;
}

/** The longest message that DecodeAuthorizationMessage takes, in characters (API reference). */
const LONGEST = 10_240;

/** A denial as an encoded message; undefined if it would be too long to be decoded. */
export function encodeAuthorizationMessage(
  authorization: Authorization,
  caller: Caller,
  sealer: SessionSealer,
): string | undefined {
  const authorizationMessage = JSON.stringify(decodedMessage(authorization, caller));
  const sealed: SealedMessage = { account: caller.account, authorizationMessage };
  const message = sealer.seal(sealed);
  return message.length <= LONGEST ? message : undefined;
}

export const DecodeAuthorizationMessage = operation("DecodeAuthorizationMessage", {
  admit: admits("DecodeAuthorizationMessage"),
  // A refusal names no resource (evidence: authz-sts-denied-text).
  permissions: () => [{ action: "sts:DecodeAuthorizationMessage", resource: { arn: "*", label: "" } }],
  handle({ EncodedMessage }, { account, sessions }) {
    const opened: Partial<SealedMessage> | undefined = sessions.open(EncodedMessage!);
    if (opened?.authorizationMessage === undefined || opened.account !== account) {
      // AWS's code is from the API reference, the text from reports by users.
      throw InvalidAuthorizationMessageException(
        "Message is not valid",
        opened?.authorizationMessage === undefined
          ? "This emulator, as it is since its last reset or start without --data, has not issued the message."
          : `The message was issued to account ${opened.account}, and the caller is of account ${account}.`,
      );
    }
    return { DecodedMessage: opened.authorizationMessage };
  },
});

/** The content of a message, in the form of the example in the CLI reference, "decode-authorization-message". */
function decodedMessage({ policies, request, decision }: Authorization, caller: Caller): object {
  const explicitDeny = decision.kind === "explicitDeny";
  const { principal } = caller;
  const matched = explicitDeny ? explain(policies, request).matched : [];
  return {
    allowed: false,
    explicitDeny,
    matchedStatements: items(matched.map((finding) => matchedStatement(finding, policies))),
    failures: items([]),
    context: {
      principal: {
        id: caller.userId,
        ...(principal.type === "user" && { name: principal.name }),
        arn: caller.arn,
      },
      action: request.action,
      resource: request.resource,
      conditions: items(
        Object.entries(request.keys).map(([key, values]) => ({ key, values: items([values].flat().map(valueItem)) })),
      ),
    },
  };
}

function matchedStatement({ source, type, index, sid, effect }: StatementFinding, policies: Policies): object {
  const document = documentOf(source, type, policies);
  const statement = structureOf(document).statements[index]!;
  const list = (values: readonly string[] = []) => items(values.map(valueItem));
  return {
    statementId: sid ?? "",
    effect: effect.toUpperCase(),
    principals: list(statement.principals?.map(({ value }) => value)),
    principalGroups: items([]),
    actions: list(statement.actions ?? statement.notActions),
    resources: list(statement.resources ?? statement.notResources),
    conditions: items(statement.conditions.map(({ key, values }) => ({ key, values: list(values) }))),
  };
}

function documentOf(source: string, type: StatementFinding["type"], policies: Policies): string {
  if (type === "resource") return policies.resource!.document;
  if (type === "trust") return policies.trust!.document;
  const { scps = [], rcps = [], identity, boundary, session = [] } = policies;
  const sources = { scp: scps.flat(), rcp: rcps.flat(), identity, boundary: boundary ? [boundary] : [], session }[type];
  return sources.find(({ id }) => id === source)!.document;
}

const items = (list: readonly unknown[]) => ({ items: list });
const valueItem = (value: string) => ({ value });
