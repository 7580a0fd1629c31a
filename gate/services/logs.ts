import { arnOf, givenArn } from "../arns.ts";
import { CannotMap } from "../cannot-map.ts";
import { type Ask, type Call, oneText, type Input, type Rule, type ServiceRules, text, texts } from "../rule.ts";

const NAME = /^[\w/.#-]{1,512}$/;
const GROUP = /^log-group:[\w/.#-]{1,512}(?::\*)?$/;

/** A log group by its name, or its ARN with or without `:*`. */
function groupOf(name: string, call: Call): string {
  if (name.startsWith("arn:")) return givenArn(call, name, "logs", GROUP).replace(/:\*$/, "");
  if (!NAME.test(name)) throw new CannotMap(`${name} is no name of a log group.`);
  return arnOf(call, "logs", `log-group:${name}`);
}

/** What AWS compares policies with: a stream of the group, which has no name where the group is meant (evidence: gate-logs-group). */
const asStream = (group: string, name = "") => `${group}:log-stream:${name}`;

const ONE = ["logGroupName", "logGroupIdentifier"];
const MANY = ["logGroupNames", "logGroupIdentifiers", "logGroupArnList"];

function groups(input: Input, call: Call): readonly string[] {
  const one = ONE.flatMap((name) => text(input, name) ?? []);
  const named = [...one, ...MANY.flatMap((name) => texts(input, name))];
  const resource = text(input, "resourceIdentifier");
  if (resource?.includes(":log-group:")) named.push(resource);
  return [...new Set(named.map((name) => asStream(groupOf(name, call))))];
}

function stream(input: Input, call: Call): string | undefined {
  const name = text(input, "logStreamName");
  if (name !== undefined && !/^[^:*]{1,512}$/.test(name)) throw new CannotMap(`${name} is no name of a log stream.`);
  const [group, second] = [...new Set(ONE.flatMap((one) => text(input, one) ?? []).map((one) => groupOf(one, call)))];
  if (second !== undefined) throw new CannotMap("The request names two log groups.");
  return name !== undefined && group !== undefined ? asStream(group, name) : undefined;
}

const named =
  (kind: string, ...members: readonly string[]) =>
  (input: Input, call: Call): string | undefined => {
    const name = oneText(input, ...members);
    if (name === undefined) return tagged(kind)(input, call);
    if (name.startsWith("arn:")) return givenArn(call, name, "logs", new RegExp(`^${kind}:[\\w/.#-]+$`));
    return arnOf(call, "logs", `${kind}:${name}`);
  };

/** What a `resourceArn` stands for, if it is of that kind; without the `:*` of other operations. */
const tagged =
  (kind: string) =>
  (input: Input, call: Call): string | undefined => {
    const given = text(input, "resourceArn");
    if (given === undefined || !/^(?:Tag|Untag|ListTags)/.test(call.operation)) return undefined;
    const arn = givenArn(call, given, "logs", /^[a-z-]+:[\w/.#-]+(?::\*)?$/);
    return arn.includes(`:${kind}:`) ? arn.replace(/:\*$/, "") : undefined;
  };

const passed = (input: Input, member: string): readonly Ask[] => {
  const role = text(input, member);
  return role === undefined
    ? []
    : [{ action: "iam:PassRole", resource: role, keys: { "iam:PassedToService": "logs.amazonaws.com" } }];
};

const destination = named("destination", "destinationName");

/** A filter that sends to a destination of CloudWatch Logs is asked for on it, too; one with a role must be allowed to pass it. */
const subscription: Rule = (input, call) => {
  const to = text(input, "destinationArn");
  const resource = groups(input, call)[0];
  if (resource === undefined) return undefined;
  const onDestination = to?.includes(":logs:") ? [givenArn(call, to, "logs", /^destination:[\w/.#-]+$/)] : [];
  return [resource, ...onDestination, ...passed(input, "roleArn")];
};

const both =
  (...finders: readonly ((input: Input, call: Call) => string | undefined)[]): Rule =>
  (input, call) => {
    const found = finders.map((find) => find(input, call));
    return found.some((one) => one === undefined) ? undefined : (found as string[]);
  };

/** Without a filter they list what all groups have. */
const allGroups = (call: Call) => asStream(arnOf(call, "logs", "log-group:"));

export const logs: ServiceRules = {
  types: {
    "log-group": (input, call) => {
      const group = tagged("log-group")(input, call);
      return group === undefined ? groups(input, call) : group;
    },
    "log-stream": stream,
    destination,
    "delivery-source": named("delivery-source", "deliverySourceName", "name"),
    "delivery-destination": named("delivery-destination", "deliveryDestinationName", "name"),
    delivery: named("delivery", "id"),
    "anomaly-detector": named("anomaly-detector", "anomalyDetectorArn"),
    "lookup-table": named("lookup-table", "lookupTableArn", "lookupTableName"),
    "scheduled-query": named("scheduled-query", "identifier", "name"),
  },
  operations: {
    PutSubscriptionFilter: subscription,
    DescribeLogGroups: (_, call) => allGroups(call),
    DescribeMetricFilters: (input, call) => (groups(input, call).length > 0 ? groups(input, call) : allGroups(call)),
    PutDestination: (input, call) => {
      const resource = destination(input, call);
      return resource && [resource, ...passed(input, "roleArn")];
    },
    CreateDelivery: both(
      named("delivery-source", "deliverySourceName"),
      named("delivery-destination", "deliveryDestinationArn"),
    ),
    UpdateDeliveryConfiguration: named("delivery", "id"),
    DeleteDeliverySource: named("delivery-source", "name"),
    ListLogAnomalyDetectors: () => "*",
    ListAnomalies: (input, call) => named("anomaly-detector", "anomalyDetectorArn")(input, call) ?? "*",
    CreateScheduledQuery: (input, call) => [
      arnOf(call, "logs", `scheduled-query:${text(input, "name") ?? "*"}`),
      ...passed(input, "executionRoleArn"),
    ],
  },
  keys: {
    "logs:DeliveryDestinationResourceArn": (input) => {
      const configuration = input["deliveryDestinationConfiguration"] as Input | undefined;
      return configuration && text(configuration, "destinationResourceArn");
    },
    "logs:LogGeneratingResourceArns": (input) => {
      const arn = text(input, "resourceArn");
      return arn && [arn];
    },
  },
  tagging: { action: "TagResource", on: (resource) => resource.replace(/:log-stream:$/, "") },
  approximate: {
    CreateDelivery: "Asked for on its source and destination; AWS also asks for what delivers.",
    UpdateDeliveryConfiguration: "Asked for on the delivery alone, not on its source and destination.",
    CreateExportTask: "AWS also asks for the bucket.",
    CreateScheduledQuery: "By name; AWS's ARNs have a random end.",
    DeleteDeliverySource: "Asked for on the source; the reference has the destination.",
    PutSubscriptionFilter: "Streams of other services are not asked for.",
    GetLogEvents: "Also with the group's ARN.",
    DescribeLogGroups: "The reference has no resource; AWS's refusals name one.",
    StartQuery: "Groups that the query itself names (SOURCE) are not seen.",
  },
};
