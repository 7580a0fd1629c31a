import { arnOf, givenArn } from "../arns.ts";
import { ambiguous, CannotMap } from "../cannot-map.ts";
import { type Call, type Input, type Rule, type ServiceRules, text } from "../rule.ts";

const NAME = "[\\w-]{1,80}(?:\\.fifo)?";
const QUEUE_NAME = new RegExp(`^${NAME}$`);
/** A URL of a queue, or its path alone: the account, or what other servers have in its place, and the name. */
const QUEUE_URL = new RegExp(`^(?:https?://[^/?#\\\\]+)?/(?:([\\w-]+)/)?(${NAME})$`);

const REGION_IN_HOST = /^https?:\/\/(?:[^/]*\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.[^/]*\//;

/** The queue of a URL. Its account is the one that the URL names, if that is one. */
function queueAt(url: string, call: Call): string {
  const [, owner = "", name] = QUEUE_URL.exec(url) ?? [];
  if (name === undefined) throw new CannotMap(`${url} is no URL of a queue.`);
  const [, region] = REGION_IN_HOST.exec(url) ?? [];
  if (region !== undefined && region !== call.region) {
    throw new CannotMap(`${url} is not in ${call.region}, where the request was sent.`);
  }
  return arnOf({ region: call.region, account: /^\d{12}$/.test(owner) ? owner : call.account }, "sqs", name);
}

/** By URL, which Query requests may have as their path instead. */
function queue(input: Input, call: Call): string | undefined {
  const urls = [text(input, "QueueUrl"), text(input, "QueuePath")].filter((url) => url !== undefined);
  const queues = new Set(urls.map((url) => queueAt(url, call)));
  if (queues.size > 1) throw ambiguous("its path is that of another queue");
  return [...queues][0];
}

function byName(input: Input, call: Call): string | undefined {
  const name = text(input, "QueueName");
  if (name === undefined) return undefined;
  if (!QUEUE_NAME.test(name)) throw new CannotMap(`${name} is no name of a queue.`);
  return arnOf({ region: call.region, account: text(input, "QueueOwnerAWSAccountId") ?? call.account }, "sqs", name);
}

const asSingle =
  (action: string): Rule =>
  (input, call) => {
    const resource = queue(input, call);
    return resource && { action, resource };
  };

const source = (input: Input, call: Call) => {
  const arn = text(input, "SourceArn");
  return arn && givenArn(call, arn, "sqs", QUEUE_NAME);
};

export const sqs: ServiceRules = {
  types: { queue },
  operations: {
    CreateQueue: byName,
    GetQueueUrl: byName,
    // (evidence: gate-sqs-batches)
    SendMessageBatch: asSingle("SendMessage"),
    DeleteMessageBatch: asSingle("DeleteMessage"),
    ChangeMessageVisibilityBatch: asSingle("ChangeMessageVisibility"),
    ListMessageMoveTasks: source,
    StartMessageMoveTask: source,
    CancelMessageMoveTask: () => {
      throw new CannotMap("The gate cannot tell from a TaskHandle which queue is meant.");
    },
  },
  keys: {},
  tagging: { action: "TagQueue" },
  approximate: {
    StartMessageMoveTask:
      "AWS also asks for ReceiveMessage, DeleteMessage and GetQueueAttributes on the source and SendMessage on the destination.",
  },
};
