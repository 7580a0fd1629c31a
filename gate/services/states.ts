import { arnOf, givenArn } from "../arns.ts";
import { CannotMap } from "../cannot-map.ts";
import { type Ask, type Call, oneText, type Input, objects, type Rule, type ServiceRules, text } from "../rule.ts";

const NAME = '[^\\s:/?*<>{}\\[\\]"#%\\\\^|~`$&,;]{1,80}';
const MACHINE = new RegExp(`^stateMachine:${NAME}(?:/${NAME})?(?::[\\w.-]+)?$`);
const ACTIVITY = new RegExp(`^activity:${NAME}$`);
const EXECUTION = new RegExp(`^execution:${NAME}(?:/${NAME})?:[^:]+$`);
const EXPRESS = new RegExp(`^express:${NAME}(?:/${NAME})?:[^:]+:[^:]+$`);
const MAP_RUN = new RegExp(`^mapRun:${NAME}/${NAME}:[^:]+$`);

const RESOURCES = [
  "stateMachineArn",
  "stateMachineAliasArn",
  "stateMachineVersionArn",
  "activityArn",
  "executionArn",
  "mapRunArn",
  "resourceArn",
];

/** What the input names, if it is of that kind. */
const given =
  (kind: RegExp) =>
  (input: Input, call: Call): string | undefined => {
    const arn = oneText(input, ...RESOURCES);
    if (arn === undefined) return undefined;
    const checked = givenArn(call, arn, "states", /^(?:stateMachine|activity|execution|express|mapRun):.+$/);
    return kind.test(checked.split(":").slice(5).join(":")) ? checked : undefined;
  };

/** Without its version or alias, which a condition key tells instead (evidence: gate-states-qualifier). */
const machine = (input: Input, call: Call): string | undefined =>
  given(MACHINE)(input, call)?.replace(/(:stateMachine:[^:]+):.*$/, "$1");

const named = (kind: string, input: Input, call: Call): string => {
  const name = text(input, "name");
  if (name === undefined || !new RegExp(`^${NAME}$`).test(name))
    throw new CannotMap("name should be the name of what is made.");
  return arnOf(call, "states", `${kind}:${name}`);
};

/** The role goes to the service, which its maker must be allowed to pass. */
const role = (input: Input): readonly Ask[] => {
  const arn = text(input, "roleArn");
  return arn === undefined
    ? []
    : [{ action: "iam:PassRole", resource: arn, keys: { "iam:PassedToService": "states.amazonaws.com" } }];
};

const made =
  (kind: string): Rule =>
  (input, call) => {
    const resource = named(kind, input, call);
    const published =
      kind === "stateMachine" && input["publish"] === true ? [{ action: "PublishStateMachineVersion", resource }] : [];
    return [{ resource }, ...published, ...role(input)];
  };

/** An alias is made of versions of one machine. */
const aliased: Rule = (input, call) => {
  const [first] = objects(input, "routingConfiguration");
  return first && machine({ stateMachineArn: first["stateMachineVersionArn"] }, call);
};

export const states: ServiceRules = {
  types: {
    statemachine: machine,
    activity: given(ACTIVITY),
    execution: given(EXECUTION),
    express: given(EXPRESS),
    maprun: given(MAP_RUN),
  },
  operations: {
    CreateStateMachine: made("stateMachine"),
    CreateActivity: made("activity"),
    CreateStateMachineAlias: aliased,
    UpdateStateMachine: (input, call) => {
      const resource = machine(input, call);
      const published =
        input["publish"] === true && resource !== undefined ? [{ action: "PublishStateMachineVersion", resource }] : [];
      return resource && [{ resource }, ...published, ...role(input)];
    },
    TestState: (input) => ["*", ...role(input)],
  },
  keys: {
    "states:StateMachineQualifier": (input) => {
      const arn = oneText(input, "stateMachineArn", "stateMachineAliasArn", "stateMachineVersionArn");
      return /:stateMachine:[^:]+:(.+)$/.exec(arn ?? "")?.[1];
    },
  },
  tagging: { action: "TagResource" },
  approximate: {
    TestState: "AWS also asks for what the state does.",
  },
};
