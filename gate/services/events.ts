import { arnOf, givenArn, partitionOf } from "../arns.ts";
import { CannotMap } from "../cannot-map.ts";
import {
  type Ask,
  type Call,
  oneText,
  type Input,
  type KeyReader,
  object,
  objects,
  type Rule,
  type ServiceRules,
  text,
  UNKNOWABLE,
} from "../rule.ts";

const NAME = /^[\w./-]{1,256}$/;

function checked(name: string): string {
  if (!NAME.test(name)) throw new CannotMap(`${name} is no name in EventBridge.`);
  return name;
}

/** A bus by its name or ARN; the default one where none is named. */
function busOf(name: string | undefined, call: Call): string {
  if (name?.startsWith("arn:")) return givenArn(call, name, "events", /^event-bus\/[\w./-]+$/);
  return arnOf(call, "events", `event-bus/${checked(name ?? "default")}`);
}

/** What a `ResourceARN` stands for, if it is of that kind. */
const tagged = (kind: RegExp, input: Input, call: Call): string | undefined => {
  const given = text(input, "ResourceARN");
  const arn = given && givenArn(call, given, "events", /^(?:event-bus|rule)\/[\w./-]+$/);
  return arn !== undefined && kind.test(arn.split(":").slice(5).join(":")) ? arn : undefined;
};

const bus = (input: Input, call: Call): string | undefined =>
  input["ResourceARN"] === undefined
    ? busOf(oneText(input, "Name", "EventBusName"), call)
    : tagged(/^event-bus\//, input, call);

/** Rules of the default bus have no bus in their ARN (evidence: gate-events-rules). */
function rule(input: Input, call: Call): string | undefined {
  const name = oneText(input, "Rule", "Name");
  if (name === undefined) return tagged(/^rule\//, input, call);
  if (!/^[\w.-]{1,64}$/.test(name)) throw new CannotMap(`${name} is no name of a rule.`);
  const of = busOf(text(input, "EventBusName"), call);
  const [prefix, onBus] = of.split(":event-bus/") as [string, string];
  return onBus === "default" ? `${prefix}:rule/${name}` : `${prefix}:rule/${onBus}/${name}`;
}

const named =
  (kind: string, ...members: readonly string[]) =>
  (input: Input, call: Call): string | undefined => {
    const name = oneText(input, ...members);
    return name && arnOf(call, "events", `${kind}/${checked(name)}`);
  };

const given =
  (member: string, kind: RegExp) =>
  (input: Input, call: Call): string | undefined => {
    const arn = text(input, member);
    return arn && givenArn(call, arn, "events", kind);
  };

const all =
  (...finders: readonly ((input: Input, call: Call) => string | undefined)[]): Rule =>
  (input, call) => {
    const found = finders.map((find) => find(input, call));
    return found.some((one) => one === undefined) ? undefined : (found as string[]);
  };

const passed = (input: Input): readonly Ask[] => {
  const role = text(input, "RoleArn");
  return role === undefined
    ? []
    : [{ action: "iam:PassRole", resource: role, keys: { "iam:PassedToService": "events.amazonaws.com" } }];
};

const putRule: Rule = (input, call) => {
  const resource = rule(input, call);
  if (resource === undefined) return undefined;
  return [{ resource }, ...passed(input)];
};

const putTargets: Rule = (input, call) => {
  const resource = rule(input, call);
  return resource && [{ resource }, ...objects(input, "Targets").flatMap(passed)];
};

/** Once per event, on its bus. */
const putEvents: Rule = (input, call) =>
  objects(input, "Entries").map((entry) => ({ resource: busOf(text(entry, "EventBusName"), call), input: entry }));

const archive = named("archive", "ArchiveName");
const endpoint = named("endpoint", "Name");

/** What a rule's pattern asks of an event's field, if it lists texts; by its path in events. */
const inPattern =
  (...path: readonly string[]): KeyReader =>
  (input) => {
    const pattern = text(input, "EventPattern");
    if (pattern === undefined) return undefined;
    let at: unknown;
    try {
      at = JSON.parse(pattern);
    } catch {
      throw new CannotMap("EventPattern is not JSON.");
    }
    for (const name of path)
      at = typeof at === "object" && at !== null && Object.hasOwn(at, name) ? (at as Input)[name] : undefined;
    if (!Array.isArray(at)) return at === undefined ? undefined : UNKNOWABLE;
    return at.every((one): one is string => typeof one === "string") ? at : UNKNOWABLE;
  };

const ofEvent =
  (member: string, field: string): KeyReader =>
  (input, call, resource) =>
    call.operation === "PutEvents" ? text(input, member) : inPattern(field)(input, call, resource);

export const events: ServiceRules = {
  types: {
    "event-bus": bus,
    "rule-on-default-event-bus": rule,
    "event-source": (input, { region }) => {
      const name = oneText(input, "Name", "EventSourceName");
      return name && `arn:${partitionOf(region)}:events:${region}::event-source/${checked(name)}`;
    },
    "api-destination": named("api-destination", "Name"),
    connection: named("connection", "Name"),
    archive,
    endpoint,
    replay: named("replay", "ReplayName"),
  },
  operations: {
    PutEvents: putEvents,
    PutRule: putRule,
    PutTargets: putTargets,
    CreateApiDestination: all(named("api-destination", "Name"), given("ConnectionArn", /^connection\/[\w./-]+$/)),
    DescribeApiDestination: named("api-destination", "Name"),
    CreateArchive: all(archive, given("EventSourceArn", /^event-bus\/[\w./-]+$/)),
    UpdateArchive: archive,
    StartReplay: all(given("EventSourceArn", /^archive\/[\w.-]+$/), named("replay", "ReplayName"), (input, call) =>
      given("Arn", /^event-bus\/[\w./-]+$/)(object(input, "Destination"), call),
    ),
    CreateEndpoint: (input, call) => {
      const resource = endpoint(input, call);
      return resource && [{ resource }, ...passed(input)];
    },
    UpdateEndpoint: (input, call) => {
      const resource = endpoint(input, call);
      return resource && [{ resource }, ...passed(input)];
    },
  },
  keys: {
    "events:source": ofEvent("Source", "source"),
    "events:detail-type": ofEvent("DetailType", "detail-type"),
    "events:detail.eventTypeCode": inPattern("detail", "eventTypeCode"),
    "events:detail.service": inPattern("detail", "service"),
    "events:detail.userIdentity.principalId": inPattern("detail", "userIdentity", "principalId"),
    "events:eventBusInvocation": () => "false",
    "events:TargetArn": (input) => {
      const arns = objects(input, "Targets").flatMap((target) => text(target, "Arn") ?? []);
      return arns.length === 0 ? undefined : arns;
    },
    "events:EventBusArn": (input) => {
      const arns = objects(input, "EventBuses").flatMap((one) => text(one, "EventBusArn") ?? []);
      return arns.length === 0 ? undefined : arns;
    },
    "events:creatorAccount": (_, { account }, resource) => (resource.includes(`:${account}:`) ? account : UNKNOWABLE),
  },
  tagging: { action: "TagResource" },
  approximate: {
    ListTagsForResource: "Buses and rules only.",
    TagResource: "Buses and rules only.",
    UntagResource: "Buses and rules only.",
    CreateConnection: "AWS also asks for the secret that it keeps the credentials in.",
    UpdateConnection: "AWS also asks for the secret that it keeps the credentials in.",
    ...Object.fromEntries(
      "CreateApiDestination UpdateApiDestination DeleteApiDestination DeleteConnection DescribeConnection DeauthorizeConnection"
        .split(" ")
        .map((name) => [name, "By name, without the random end of the ARN."]),
    ),
    DescribeApiDestination: "By name, without the random end of the ARN, and not on its connection.",
    CreateArchive: "AWS also asks for the KMS key.",
    UpdateArchive: "AWS also asks for the KMS key.",
  },
};
