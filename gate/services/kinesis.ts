import { arnOf, givenArn } from "../arns.ts";
import { CannotMap } from "../cannot-map.ts";
import { type Call, type Input, type Rule, type ServiceRules, text } from "../rule.ts";

const STREAM = /^stream\/[\w.-]{1,128}$/;
const CONSUMER = /^stream\/[\w.-]{1,128}\/consumer\/[\w.-]{1,128}:\d+$/;

/** By name or by ARN; where both are given they must agree. */
function stream(input: Input, call: Call): string | undefined {
  const name = text(input, "StreamName");
  const given = text(input, "StreamARN");
  if (text(input, "StreamId") !== undefined)
    throw new CannotMap("The gate cannot tell from a StreamId which stream is meant.");
  if (name !== undefined && !/^[\w.-]{1,128}$/.test(name)) throw new CannotMap(`${name} is no name of a stream.`);
  const named = name && arnOf(call, "kinesis", `stream/${name}`);
  if (given === undefined) return named ?? tagged(STREAM)(input, call);
  const arn = givenArn(call, given, "kinesis", STREAM);
  if (named !== undefined && named !== arn) throw new CannotMap("StreamName and StreamARN are of different streams.");
  return arn;
}

const tagged =
  (resource: RegExp, name = "ResourceARN") =>
  (input: Input, call: Call): string | undefined => {
    const given = text(input, name);
    const arn = given && givenArn(call, given, "kinesis", /^stream\/[\w./:-]+$/);
    return arn !== undefined && resource.test(arn.split(":").slice(5).join(":")) ? arn : undefined;
  };

function consumer(input: Input, call: Call): string | undefined {
  const found = tagged(CONSUMER, "ConsumerARN")(input, call) ?? tagged(CONSUMER)(input, call);
  const name = text(input, "ConsumerName");
  if (found !== undefined || name === undefined) return found;
  throw new CannotMap("The gate cannot tell a consumer's ARN from its name; it needs ConsumerARN.");
}

/** An iterator does not say of which stream it is; newer clients do, by StreamARN. */
const records: Rule = (input, call) => {
  if (text(input, "StreamARN") === undefined) {
    throw new CannotMap("The request has no StreamARN, and of which stream its iterator is, only Kinesis can read.");
  }
  return stream(input, call);
};

/** Lists that go on by a token say nothing else. */
const listing: Rule = (input, call) => {
  const on = stream(input, call);
  if (on === undefined)
    throw new CannotMap("The gate cannot tell from NextToken which stream is meant; it needs StreamARN.");
  return on;
};

export const kinesis: ServiceRules = {
  types: { stream, consumer },
  operations: {
    GetRecords: records,
    ListShards: listing,
    StartStreamEncryption: stream,
    StopStreamEncryption: stream,
  },
  keys: {},
  tagging: { action: "AddTagsToStream" },
  approximate: {
    GetRecords: "Refused without StreamARN.",
    ListShards: "Refused without StreamName and StreamARN.",
    StartStreamEncryption: "Asked for on the stream; AWS also asks for the KMS key.",
    StopStreamEncryption: "Asked for on the stream; AWS also asks for the KMS key.",
    DescribeStreamConsumer: "Refused without ConsumerARN.",
    DeregisterStreamConsumer: "Refused without ConsumerARN.",
  },
};
