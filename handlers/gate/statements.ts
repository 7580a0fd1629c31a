import { gatedResources } from "../../data/entities/gate.ts";
import type { Transaction } from "../../data/store.ts";
import type { Bindings } from "../../policy/match.ts";
import { rootArn } from "../arns.ts";
import { holderOf } from "./known.ts";
import { checkedPolicy } from "./policies.ts";
import { sets, update, withoutPolicy, type Call, type Change } from "./resource-changes.ts";

// Policies that services put together of statements, each of which a call adds or takes away.

interface Statement {
  readonly Sid?: unknown;
  readonly Effect: "Allow";
  readonly Principal: "*" | Readonly<Record<string, unknown>>;
  readonly Action: string | readonly string[];
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A statement comes to the resource's policy, in place of the one of its Sid if there is one. */
export const adds: Change = (call, tx) => {
  const statement = statementOf(call);
  const { bindings } = checkedPolicy(documentOf([statement]), call, tx);
  return (later) => {
    const others = statementsAt(call, later).filter(({ Sid }) => Sid !== statement.Sid);
    keepStatements([...others, statement], bindings, call, later);
  };
};

/** The statement whose Sid is in that member of the input goes. */
export const takes =
  (member: "Label" | "StatementId"): Change =>
  (call) =>
  (tx) => {
    const isGone = ({ Sid }: Statement) => Sid === call.input[member] || call.input["RemoveAllPermissions"] === true;
    const left = statementsAt(call, tx).filter((statement) => !isGone(statement));
    keepStatements(left, {}, call, tx);
  };

/** EventBridge takes a whole policy or what makes a statement. */
export const changesPermission: Change = (call, tx) =>
  call.input["Policy"] === undefined ? adds(call, tx) : sets(({ Policy }) => Policy)(call, tx);

function statementsAt({ arn }: Call, tx: Transaction): readonly Statement[] {
  const policy = tx.get(gatedResources, holderOf(arn))?.policy;
  if (policy === undefined) return [];
  const { Statement: statements = [] } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  return [statements].flat();
}

/** `bindings` are those of what is new. */
function keepStatements(statements: readonly Statement[], bindings: Bindings, call: Call, tx: Transaction): void {
  const known = tx.get(gatedResources, holderOf(call.arn))?.bindings;
  if (statements.length === 0) withoutPolicy(tx, call);
  else update(tx, call, { policy: documentOf(statements), bindings: { ...known, ...bindings } });
}

const documentOf = (Statement: readonly Statement[]): string =>
  JSON.stringify({ Version: "2012-10-17", Id: "default", Statement });

function statementOf(call: Call): Statement {
  switch (call.service) {
    case "lambda":
      return ofFunction(call);
    case "events":
      return ofEventBus(call);
    default:
      return ofQueueOrTopic(call);
  }
}

/** SQS and SNS: other accounts, and names of actions without their prefix. */
function ofQueueOrTopic({ service, input, arn }: Call): Statement {
  const accounts = texts(input["AWSAccountIds"] ?? input["AWSAccountId"]);
  const actions = texts(input["Actions"] ?? input["ActionName"]);
  return {
    Sid: input["Label"],
    Effect: "Allow",
    Principal: { AWS: accounts.map((account) => rootArn(account)) },
    Action: actions.map((action) => `${service.toUpperCase()}:${action}`),
    Resource: arn,
  };
}

function ofFunction({ input, arn }: Call): Statement {
  const {
    StatementId,
    Action,
    Principal,
    SourceArn,
    SourceAccount,
    PrincipalOrgID,
    EventSourceToken,
    FunctionUrlAuthType,
  } = input;
  const equal = {
    ...(SourceAccount !== undefined && { "AWS:SourceAccount": SourceAccount }),
    ...(PrincipalOrgID !== undefined && { "aws:PrincipalOrgID": PrincipalOrgID }),
    ...(EventSourceToken !== undefined && { "lambda:EventSourceToken": EventSourceToken }),
    ...(FunctionUrlAuthType !== undefined && { "lambda:FunctionUrlAuthType": FunctionUrlAuthType }),
  };
  const Condition = {
    ...(Object.keys(equal).length > 0 && { StringEquals: equal }),
    ...(SourceArn !== undefined && { ArnLike: { "AWS:SourceArn": SourceArn } }),
  };
  const statement = {
    Effect: "Allow",
    Principal: principalOf(Principal),
    Action: String(Action),
    Resource: arn,
  } as const;
  return { Sid: StatementId, ...statement, ...(Object.keys(Condition).length > 0 && { Condition }) };
}

function ofEventBus({ input, arn }: Call): Statement {
  const { StatementId, Action = "events:PutEvents", Principal } = input;
  const { Type, Key, Value } = (input["Condition"] ?? {}) as Readonly<Record<string, unknown>>;
  const condition =
    typeof Type === "string" && typeof Key === "string" ? { Condition: { [Type]: { [Key]: Value } } } : {};
  return {
    Sid: StatementId,
    Effect: "Allow",
    Principal: principalOf(Principal),
    Action: String(Action),
    Resource: arn,
    ...condition,
  };
}

/** An account's number, an ARN, a service, or anyone. */
function principalOf(value: unknown): Statement["Principal"] {
  const text = String(value);
  if (text === "*") return "*";
  if (/^\d{12}$/.test(text)) return { AWS: rootArn(text) };
  return text.startsWith("arn:") ? { AWS: text } : { Service: text };
}

const texts = (value: unknown): readonly string[] =>
  [value].flat().filter((item): item is string => typeof item === "string");
