import { arnOf, givenArn } from "../arns.ts";
import { CannotMap } from "../cannot-map.ts";
import { type Call, type Input, type Rule, type ServiceRules, oneText, text } from "../rule.ts";

const NAME = /^[\w-]{1,256}(?:\.fifo)?$/;
/** Of a subscription the topic is what is acted on. */
const SUBSCRIPTION = /^([\w-]{1,256}(?:\.fifo)?):[\w-]+$/;

function topic(input: Input, call: Call): string | undefined {
  const given = oneText(input, "TopicArn", "ResourceArn");
  if (given !== undefined) return givenArn(call, given, "sns", NAME);
  const subscription = text(input, "SubscriptionArn");
  return subscription && givenArn(call, subscription, "sns", SUBSCRIPTION).replace(/:[^:]*$/, "");
}

/** To a topic, to an endpoint of a mobile, or to a phone number, which has no ARN (evidence: gate-sns-publish). */
const publish: Rule = (input, call) => {
  const given = ["TopicArn", "TargetArn", "PhoneNumber"].filter((name) => text(input, name) !== undefined);
  if (given.length !== 1) throw new CannotMap("A message goes to one topic, endpoint or phone number.");
  if (given[0] === "PhoneNumber") return "*";
  return givenArn(call, text(input, given[0]!)!, "sns", /^(?:[\w-]{1,256}(?:\.fifo)?|endpoint\/[\w./-]+)$/);
};

const create: Rule = (input, call) => {
  const name = text(input, "Name");
  if (name === undefined || !NAME.test(name)) throw new CannotMap("Name should be the name of a topic.");
  return arnOf(call, "sns", name);
};

export const sns: ServiceRules = {
  types: { topic },
  operations: {
    // (evidence: gate-lists)
    ListTopics: (_, call) => arnOf(call, "sns", "*"),
    CreateTopic: create,
    Publish: publish,
    PublishBatch: (input, call) => {
      const resource = topic(input, call);
      return resource && { action: "Publish", resource };
    },
  },
  keys: {
    "sns:Protocol": (input) => text(input, "Protocol"),
    "sns:Endpoint": (input) => text(input, "Endpoint"),
  },
  tagging: { action: "TagResource" },
  approximate: {
    CreatePlatformEndpoint: "Asked for on `*`, as the reference has it.",
  },
};
