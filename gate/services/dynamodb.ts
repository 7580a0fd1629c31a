import { arnOf, givenArn, isArn } from "../arns.ts";
import { ambiguous, CannotMap } from "../cannot-map.ts";
import {
  type Ask,
  type Asks,
  type Call,
  oneText,
  type Input,
  object,
  objects,
  type Rule,
  type ServiceRules,
  text,
} from "../rule.ts";
import { ofOperation } from "../members.ts";
import { attributes, fullTableScan, leadingKeys, select } from "./dynamodb-keys.ts";
import { readStatement } from "./partiql.ts";

const TABLE = /^table\/[\w.-]+$/;

/** A table by its name or ARN. */
export function tableArn(name: string, call: Call): string {
  if (isArn(name)) return givenArn(call, name, "dynamodb", TABLE);
  if (!/^[\w.-]{1,255}$/.test(name)) throw new CannotMap(`${name} is no name of a table.`);
  return arnOf(call, "dynamodb", `table/${name}`);
}

const named =
  (...members: readonly string[]) =>
  (input: Input, call: Call) => {
    const name = oneText(input, ...members);
    return name && tableArn(name, call);
  };

const arn =
  (member: string, resource: RegExp) =>
  (input: Input, call: Call): string | undefined => {
    const given = text(input, member);
    return given && givenArn(call, given, "dynamodb", resource);
  };

/** What a `ResourceArn` stands for, if it is of that kind. */
const tagged =
  (resource: RegExp) =>
  (input: Input, call: Call): string | undefined => {
    const given = text(input, "ResourceArn");
    if (given === undefined) return undefined;
    const checked = givenArn(call, given, "dynamodb", /^(?:table|global-table)\/[\w./:-]+$/);
    return resource.test(checked.split(":").slice(5).join(":")) ? checked : undefined;
  };

const STREAM = /^table\/[\w.-]+\/stream\/[\w.:-]+$/;
const table = named("TableName", "TableArn");

/** An iterator begins with the ARN of its stream. */
function streamOf(input: Input, call: Call): string | undefined {
  const iterator = text(input, "ShardIterator");
  if (iterator === undefined) return arn("StreamArn", STREAM)(input, call);
  const [, given] = /^(?:\d+\|)?(arn:[^|]+)\|/.exec(iterator) ?? [];
  if (given === undefined) throw new CannotMap("The shard iterator does not name its stream.");
  return givenArn(call, given, "dynamodb", STREAM);
}

/** A query is checked on the index that it names, otherwise on the table (evidence: gate-dynamodb-index). */
const indexOrTable: Rule = (input, call) => {
  const on = table(input, call);
  const index = text(input, "IndexName");
  return on && index ? `${on}/index/${index}` : on;
};

/** A list of one table, or of all. */
const tableOrAll: Rule = (input, call) => table(input, call) ?? "*";

const both =
  (...finders: readonly ((input: Input, call: Call) => string | undefined)[]): Rule =>
  (input, call) => {
    const found = finders.map((find) => find(input, call));
    return found.every((one) => one !== undefined) ? found : undefined;
  };

/** Once per table, on what is asked of it. */
const batch: Rule = (input, call) =>
  Object.entries(object(input, "RequestItems")).map(([name, of]): Ask => {
    const about: Input = Array.isArray(of)
      ? { Requests: of, ...consumed(input) }
      : { ...keysAndAttributes(of as Input), ...consumed(input) };
    return { resource: tableArn(name, call), input: about };
  });

const OF_KEYS = ["Keys", "AttributesToGet", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"];

/** What a batch reads of a table; other members DynamoDB ignores. */
const keysAndAttributes = (of: Input): Input =>
  Object.fromEntries(Object.entries(of).filter(([name]) => OF_KEYS.includes(name)));

const consumed = ({ ReturnConsumedCapacity }: Input): Input =>
  ReturnConsumedCapacity === undefined ? {} : { ReturnConsumedCapacity };

/** What the parts of a transaction are: the actions that are asked for in place of its own (evidence: gate-dynamodb-transactions). */
const PARTS: Readonly<Record<string, string>> = {
  Get: "GetItem",
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
};

/** Operations with the same members as the parts, or more. */
const MEMBERS_OF: Readonly<Record<string, string>> = { ...PARTS, ConditionCheck: "DeleteItem" };

const transaction: Rule = (input, call) =>
  objects(input, "TransactItems").map((item): Ask => {
    const [part, second] = Object.keys(item);
    if (part === undefined || second !== undefined || !Object.hasOwn(PARTS, part)) {
      throw ambiguous("an item of its transaction names no action, or more than one");
    }
    const about = { ...ofOperation(call.catalogue, MEMBERS_OF[part]!, object(item, part)), ...consumed(input) };
    const resource = table(about, call);
    if (resource === undefined) throw new CannotMap("An item of the transaction names no table.");
    return { action: PARTS[part]!, resource, input: about, keys: { "dynamodb:EnclosingOperation": call.operation } };
  });

/** A statement of PartiQL asks for the action of its kind, on its table or index (evidence: gate-dynamodb-partiql). */
function statement(input: Input, call: Call): Ask {
  const { kind, table: name, index } = readStatement(text(input, "Statement") ?? "");
  const on = tableArn(name, call);
  const ask = { action: `PartiQL${kind}`, resource: index === undefined ? on : `${on}/index/${index}`, input };
  return call.operation === "ExecuteTransaction"
    ? { ...ask, keys: { "dynamodb:EnclosingOperation": call.operation } }
    : ask;
}

const statements =
  (member: string): Rule =>
  (input, call) =>
    objects(input, member).map((one) => statement({ ...one, ...consumed(input) }, call));

/** A policy that comes along with a new table asks for its own action. */
function created(input: Input, call: Call): Asks {
  const resource = table(input, call);
  if (resource === undefined) return undefined;
  const asks: Ask[] = [{ resource }];
  if (text(input, "ResourcePolicy") !== undefined) asks.push({ action: "PutResourcePolicy", resource });
  return asks;
}

const globalTable = (input: Input, call: Call) => {
  const name = text(input, "GlobalTableName");
  return name && `arn:aws:dynamodb::${call.account}:global-table/${name}`;
};

export const dynamodb: ServiceRules = {
  types: {
    table: (input, call) => table(input, call) ?? tagged(TABLE)(input, call),
    stream: (input, call) => streamOf(input, call) ?? tagged(STREAM)(input, call),
    backup: arn("BackupArn", /^table\/[\w.-]+\/backup\/[\w.-]+$/),
    export: arn("ExportArn", /^table\/[\w.-]+\/export\/[\w.-]+$/),
    import: arn("ImportArn", /^table\/[\w.-]+\/import\/[\w.-]+$/),
    "global-table": globalTable,
  },
  operations: {
    Query: (input, call) => {
      if (input["KeyConditions"] !== undefined && input["KeyConditionExpression"] !== undefined) {
        throw ambiguous("it has both KeyConditions and a KeyConditionExpression");
      }
      return indexOrTable(input, call);
    },
    Scan: indexOrTable,
    DescribeContributorInsights: indexOrTable,
    UpdateContributorInsights: indexOrTable,
    BatchGetItem: batch,
    BatchWriteItem: batch,
    TransactGetItems: transaction,
    TransactWriteItems: transaction,
    ExecuteStatement: statement,
    BatchExecuteStatement: statements("Statements"),
    ExecuteTransaction: statements("TransactStatements"),
    // AWS's refusals name it so, though its reference has no resource (evidence: gate-lists).
    ListTables: (_, call) => arnOf(call, "dynamodb", "table/*"),
    CreateTable: created,
    ListExports: tableOrAll,
    ListImports: tableOrAll,
    // Only the table of those that name a stream of Kinesis, too.
    EnableKinesisStreamingDestination: table,
    DisableKinesisStreamingDestination: table,
    UpdateKinesisStreamingDestination: table,
    ImportTable: (input, call) => table(object(input, "TableCreationParameters"), call),
    RestoreTableFromBackup: both(arn("BackupArn", /^table\/[\w.-]+\/backup\/[\w.-]+$/), named("TargetTableName")),
    RestoreTableToPointInTime: both(named("SourceTableName", "SourceTableArn"), named("TargetTableName")),
    CreateGlobalTable: both(globalTable, named("GlobalTableName")),
    UpdateGlobalTable: both(globalTable, named("GlobalTableName")),
    UpdateGlobalTableSettings: both(globalTable, named("GlobalTableName")),
  },
  keys: {
    "dynamodb:LeadingKeys": leadingKeys,
    "dynamodb:Attributes": attributes,
    "dynamodb:Select": select,
    "dynamodb:ReturnValues": (input) => text(input, "ReturnValues"),
    "dynamodb:ReturnConsumedCapacity": (input) => text(input, "ReturnConsumedCapacity"),
    "dynamodb:FullTableScan": fullTableScan,
    // What is in a transaction says so itself.
    "dynamodb:EnclosingOperation": () => undefined,
  },
  tagging: { action: "TagResource" },
  approximate: {
    ImportTable: "AWS also asks for what reads the bucket and writes the logs.",
    ExportTableToPointInTime: "AWS also asks for s3:PutObject and more on the bucket.",
    RestoreTableFromBackup: "AWS also asks for reading and writing the items of the target.",
    RestoreTableToPointInTime: "AWS also asks for reading and writing the items of the target.",
    CreateGlobalTable: "The old kind of global tables; AWS also asks for what makes the replicas.",
    UpdateGlobalTable: "The old kind of global tables; AWS also asks for what makes the replicas.",
    UpdateGlobalTableSettings: "The old kind of global tables.",
    UpdateTable: "AWS asks for more where replicas are added or removed.",
    EnableKinesisStreamingDestination: "AWS also asks for what writes to the stream.",
  },
};
