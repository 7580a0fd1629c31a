import { arnOf, givenArn } from "../arns.ts";
import { ambiguous, CannotMap } from "../cannot-map.ts";
import {
  type Ask,
  type Call,
  oneText,
  type Input,
  type KeyReader,
  member,
  object,
  type Rule,
  type ServiceRules,
  text,
  texts,
  UNKNOWABLE,
} from "../rule.ts";

const FUNCTION = /^function:[\w-]{1,140}(?::(?:\$LATEST(?:\.PUBLISHED)?|[\w-]+))?$/;
/** A name alone, or with the account before it. */
const PARTIAL = /^(?:(\d{12}):function:|function:)?([\w-]{1,140})(?::(\$LATEST(?:\.PUBLISHED)?|[\w-]+))?$/;

/**
 * A function by its name, part of its ARN, or the ARN, with the version or alias that is asked for (evidence: gate-lambda-qualifier).
 * Throws CannotMap where the two places for it differ.
 */
function functionOf(name: string, qualifier: string | undefined, call: Call): string {
  let arn: string;
  if (name.startsWith("arn:")) arn = givenArn(call, name, "lambda", FUNCTION);
  else {
    const [, account = call.account, bare, own] = PARTIAL.exec(name) ?? [];
    if (bare === undefined) throw new CannotMap(`${name} is no name of a function.`);
    arn = arnOf({ region: call.region, account }, "lambda", `function:${bare}${own === undefined ? "" : `:${own}`}`);
  }
  if (qualifier === undefined) return arn;
  const [, , , , , , , own] = arn.split(":");
  if (own !== undefined && own !== qualifier) throw ambiguous("its function and its Qualifier name different versions");
  if (!/^(?:\$LATEST(?:\.PUBLISHED)?|[\w-]+)$/.test(qualifier))
    throw new CannotMap(`${qualifier} is no version or alias.`);
  return own === undefined ? `${arn}:${qualifier}` : arn;
}

const fn = (input: Input, call: Call): string | undefined => {
  const name = text(input, "FunctionName");
  return name === undefined ? tagged("function")(input, call) : functionOf(name, text(input, "Qualifier"), call);
};

/** What `Resource` of the tag operations stands for, if it is of that kind. */
const tagged =
  (kind: string) =>
  (input: Input, call: Call): string | undefined => {
    const given = text(input, "Resource");
    const arn = given && givenArn(call, given, "lambda", /^[a-z-]+:[\w-]+$/);
    return arn?.includes(`:${kind}:`) ? arn : undefined;
  };

const named =
  (kind: string, ...members: readonly string[]) =>
  (input: Input, call: Call): string | undefined => {
    const name = oneText(input, ...members);
    if (name === undefined) return tagged(kind)(input, call);
    if (name.startsWith("arn:")) return givenArn(call, name, "lambda", new RegExp(`^${kind}:[\\w-]+$`));
    if (!/^[\w-]{1,140}$/.test(name)) throw new CannotMap(`${name} is no name in Lambda.`);
    return arnOf(call, "lambda", `${kind}:${name}`);
  };

const layer = named("layer", "LayerName");

function layerVersion(input: Input, call: Call): string | undefined {
  const arn = text(input, "Arn");
  if (arn !== undefined) return layerVersionArn(arn, call);
  const of = layer(input, call);
  const version = text(input, "VersionNumber");
  if (of === undefined || version === undefined || !/^\d+$/.test(version)) return undefined;
  return `${of}:${version}`;
}

const layerVersionArn = (arn: string, call: Call) => givenArn(call, arn, "lambda", /^layer:[\w-]+:\d+$/);

/** Roles and layers that a function is given: the one must be passed, the others read (evidence: gate-lambda-create). */
function brought(input: Input, call: Call): readonly Ask[] {
  const role = text(input, "Role");
  const layers = texts(input, "Layers").map((arn) => ({
    action: "GetLayerVersion",
    resource: layerVersionArn(arn, call),
    input: {},
  }));
  return role === undefined
    ? layers
    : [{ action: "iam:PassRole", resource: role, keys: { "iam:PassedToService": "lambda.amazonaws.com" } }, ...layers];
}

const configuring: Rule = (input, call) => {
  const resource = fn(input, call);
  return resource && [resource, ...brought(input, call)];
};

/** (evidence: gate-lambda-invoke) */
const invoking: Rule = (input, call) => {
  const resource = fn(input, call);
  return resource && { action: "InvokeFunction", resource };
};

const codeSigning: Rule = (input, call) => {
  const on = [fn(input, call), named("code-signing-config", "CodeSigningConfigArn")(input, call)];
  return on.some((one) => one === undefined) ? undefined : (on as string[]);
};

const vpc =
  (name: string): KeyReader =>
  (input) => {
    const ids = texts(object(input, "VpcConfig"), name);
    return ids.length === 0 ? undefined : ids;
  };

const callback: Rule = () => {
  throw new CannotMap("The gate cannot tell from a CallbackId which execution is meant.");
};

/** Of an event source mapping that is there, the function is unknown unless the request names it. */
const functionArn: KeyReader = (input, call) => {
  const name = text(input, "FunctionName");
  return name === undefined ? UNKNOWABLE : functionOf(name, undefined, call);
};

export const lambda: ServiceRules = {
  types: {
    function: fn,
    "function alias": fn,
    eventsourcemapping: named("event-source-mapping", "UUID"),
    "code signing config": named("code-signing-config", "CodeSigningConfigArn"),
    capacityprovider: named("capacity-provider", "CapacityProviderName"),
    layer,
    layerversion: layerVersion,
    "durable execution": (input, call) => {
      const arn = text(input, "DurableExecutionArn");
      return arn && givenArn(call, arn, "lambda", /^function:[\w-]+:[\w$.-]+\/durable-execution\/[\w-]+\/[\w-]+$/);
    },
  },
  operations: {
    Invoke: invoking,
    InvokeWithResponseStream: invoking,
    InvokeAsync: (input, call) => fn(input, call),
    GetLayerVersionByArn: (input, call) => {
      const resource = layerVersion(input, call);
      return resource && { action: "GetLayerVersion", resource };
    },
    CreateFunction: configuring,
    UpdateFunctionConfiguration: configuring,
    PutFunctionCodeSigningConfig: codeSigning,
    SendDurableExecutionCallbackFailure: callback,
    SendDurableExecutionCallbackHeartbeat: callback,
    SendDurableExecutionCallbackSuccess: callback,
  },
  keys: {
    "lambda:FunctionArn": functionArn,
    "lambda:FunctionUrlAuthType": (input, { operation }) =>
      oneText(input, "FunctionUrlAuthType", "AuthType") ?? (/^(?:Create|Add)/.test(operation) ? undefined : UNKNOWABLE),
    "lambda:Principal": (input, { operation }) =>
      text(input, "Principal") ?? (operation === "RemovePermission" ? UNKNOWABLE : undefined),
    "lambda:CodeSigningConfigArn": member("CodeSigningConfigArn"),
    "lambda:Layer": (input) => (input["Layers"] === undefined ? undefined : texts(input, "Layers")),
    "lambda:SubnetIds": vpc("SubnetIds"),
    "lambda:SecurityGroupIds": vpc("SecurityGroupIds"),
    "lambda:VpcIds": (input) => (texts(object(input, "VpcConfig"), "SubnetIds").length === 0 ? undefined : UNKNOWABLE),
    // Invocations by a function's URL do not come through the gate.
    "lambda:InvokedViaFunctionUrl": (_, { operation }) => (operation.startsWith("Invoke") ? "false" : undefined),
    "lambda:EventSourceToken": member("EventSourceToken"),
    "lambda:SourceFunctionArn": () => undefined,
  },
  tagging: { action: "TagResource" },
  approximate: {
    CreateFunction: "AWS also asks for the code's bucket or image, and for networks.",
    UpdateFunctionCode: "AWS also asks for the code's bucket or image.",
    UpdateFunctionConfiguration: "AWS also asks for networks.",
    CreateEventSourceMapping: "Asked for on `*`, as the reference has it, with lambda:FunctionArn.",
    CreateCapacityProvider: "AWS also asks for the roles and networks that it gets.",
    PublishLayerVersion: "AWS also asks for the layer's bucket.",
  },
};
