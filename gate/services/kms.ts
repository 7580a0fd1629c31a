import { arnOf, givenArn } from "../arns.ts";
import { CannotMap } from "../cannot-map.ts";
import {
  absent,
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

const ALIAS = /^alias\/[\w/-]+$/;

/** The key that an id, an ARN, an alias or an alias's ARN stands for. Throws CannotMap where nobody knows an alias's key. */
function keyOf(id: string, call: Call): string {
  if (!id.startsWith("arn:")) {
    if (id.startsWith("alias/")) return behind(arnOf(call, "kms", checked(id, ALIAS)), call);
    return arnOf(call, "kms", `key/${checked(id, /^[\w-]+$/)}`);
  }
  const arn = givenArn(call, id, "kms", /^(?:key|alias)\/[\w/-]+$/);
  return arn.includes(":alias/") ? behind(arn, call) : arn;
}

function checked(id: string, pattern: RegExp): string {
  if (!pattern.test(id)) throw new CannotMap(`${id} is no id of a key.`);
  return id;
}

/** AWS asks for the key of an alias, not for the alias (evidence: gate-kms-alias). */
function behind(alias: string, call: Call): string {
  const key = call.known.keyOfAlias?.(alias);
  if (key === undefined) {
    throw new CannotMap(`Which key ${alias} stands for, the gate does not know yet.`, {
      kind: "kms-alias",
      arn: alias,
    });
  }
  return key;
}

const key = (input: Input, call: Call, name = "KeyId"): string | undefined => {
  const id = text(input, name);
  return id && keyOf(id, call);
};

const alias = (input: Input, call: Call): string | undefined => {
  const name = text(input, "AliasName");
  return name && arnOf(call, "kms", checked(name, ALIAS));
};

/** On the alias and on its keys, both by the same action (evidence: gate-kms-alias-changes). */
const aliasAnd =
  (keys: (input: Input, call: Call) => readonly (string | undefined)[]): Rule =>
  (input, call) => {
    const on = [alias(input, call), ...keys(input, call)];
    return on.some((one) => one === undefined) ? undefined : (on as string[]);
  };

const target = (input: Input, call: Call) => key(input, call, "TargetKeyId");
const current = (input: Input, call: Call) => {
  const on = alias(input, call);
  return on && behind(on, call);
};

/** The key of a ciphertext, where the request does not name it: only KMS can read that, unless the ciphertext came through the gate. */
function sealedBy(input: Input, named: string, call: Call): string {
  const id = text(input, named);
  if (id !== undefined) return keyOf(id, call);
  const ciphertext = input["CiphertextBlob"];
  const base64 =
    ciphertext instanceof Uint8Array ? Buffer.from(ciphertext).toString("base64") : text(input, "CiphertextBlob");
  const known = base64 === undefined ? undefined : call.known.keyOfCiphertext?.(base64);
  if (known !== undefined) return givenArn(call, known, "kms", /^key\/[\w-]+$/);
  throw new CannotMap(`The request has no ${named}, and which key its ciphertext is of, only KMS can read.`);
}

const decrypt: Rule = (input, call) => sealedBy(input, "KeyId", call);

/** From one key to another: an action for each (evidence: gate-kms-reencrypt). */
const reEncrypt: Rule = (input, call) => {
  const from = sealedBy(input, "SourceKeyId", call);
  const to = text(input, "DestinationKeyId");
  if (to === undefined) return undefined;
  const half = (id: string, context: string, algorithm: string): Input => ({
    KeyId: id,
    EncryptionContext: object(input, context),
    ...(text(input, algorithm) !== undefined && { EncryptionAlgorithm: text(input, algorithm) }),
  });
  const keys = { "kms:ReEncryptOnSameKey": String(from === keyOf(to, call)) };
  return [
    {
      action: "ReEncryptFrom",
      resource: from,
      input: half(from, "SourceEncryptionContext", "SourceEncryptionAlgorithm"),
      keys,
    },
    {
      action: "ReEncryptTo",
      resource: keyOf(to, call),
      input: half(to, "DestinationEncryptionContext", "DestinationEncryptionAlgorithm"),
      keys,
    },
  ];
};

const contextOf = (input: Input) =>
  object(input["Constraints"] === undefined ? input : constraint(input), "EncryptionContext");
/** Of a grant, the context that it is bound to. */
const constraint = (input: Input): Input => {
  const constraints = object(input, "Constraints");
  return { EncryptionContext: constraints["EncryptionContextEquals"] ?? constraints["EncryptionContextSubset"] };
};

const context: KeyReader = (input) => {
  const pairs = Object.entries(contextOf(input)).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string",
  );
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
};

const services =
  (name: string, service: boolean): KeyReader =>
  (input) => {
    const principal = text(input, name);
    return principal !== undefined && principal.endsWith(".amazonaws.com") === service ? principal : undefined;
  };

export const kms: ServiceRules = {
  types: { key, alias },
  operations: {
    CreateAlias: aliasAnd((input, call) => [target(input, call)]),
    UpdateAlias: aliasAnd((input, call) => [current(input, call), target(input, call)]),
    DeleteAlias: aliasAnd((input, call) => [current(input, call)]),
    Decrypt: decrypt,
    ReEncrypt: reEncrypt,
    RetireGrant: (input, call) => {
      if (text(input, "KeyId") === undefined)
        throw new CannotMap("The gate cannot tell from a grant token which key is meant.");
      return key(input, call);
    },
  },
  keys: {
    "kms:EncryptionContext:${EncryptionContextKey}": context,
    "kms:EncryptionContextKeys": (input) => {
      const names = Object.keys(contextOf(input));
      return names.length === 0 ? undefined : names;
    },
    "kms:EncryptionAlgorithm": (input, { operation }) =>
      oneText(input, "EncryptionAlgorithm") ??
      (/^(?:Encrypt|Decrypt|ReEncrypt|GenerateDataKey.*)$/.test(operation) ? "SYMMETRIC_DEFAULT" : undefined),
    "kms:RequestAlias": (input) => {
      const [, name] = /(?:^|:)(alias\/[\w/-]+)$/.exec(oneText(input, "KeyId") ?? "") ?? [];
      return name;
    },
    "kms:CallerAccount": (_, { account }) => account,
    "kms:ViaService": absent,
    "kms:GranteePrincipal": services("GranteePrincipal", false),
    "kms:GranteeServicePrincipal": services("GranteePrincipal", true),
    "kms:RetiringPrincipal": services("RetiringPrincipal", false),
    "kms:RetiringServicePrincipal": services("RetiringPrincipal", true),
    "kms:GrantOperations": (input) => (input["Operations"] === undefined ? undefined : texts(input, "Operations")),
    "kms:GrantIsForAWSResource": (_, { operation }) => (operation === "CreateGrant" ? "false" : undefined),
    "kms:GrantConstraintType": (input) =>
      Object.keys(object(input, "Constraints")).find((name) => name.startsWith("EncryptionContext")),
    "kms:GrantConstraintSourceArn": (input) => text(object(input, "Constraints"), "SourceArn"),
    "kms:BypassPolicyLockoutSafetyCheck": (input, { operation }) =>
      /^(?:CreateKey|PutKeyPolicy)$/.test(operation)
        ? String(input["BypassPolicyLockoutSafetyCheck"] === true)
        : undefined,
    "kms:DataKeyPairSpec": member("KeyPairSpec"),
    "kms:ExpirationModel": member("ExpirationModel"),
    "kms:KeyAgreementAlgorithm": member("KeyAgreementAlgorithm"),
    "kms:MacAlgorithm": member("MacAlgorithm"),
    "kms:MessageType": member("MessageType"),
    "kms:PrimaryRegion": member("PrimaryRegion"),
    "kms:ReplicaRegion": member("ReplicaRegion"),
    "kms:RotationPeriodInDays": member("RotationPeriodInDays"),
    "kms:ScheduleKeyDeletionPendingWindowInDays": (input) =>
      member("PendingWindowInDays")(input, undefined as never, "") ?? "30",
    "kms:SigningAlgorithm": member("SigningAlgorithm"),
    "kms:WrappingAlgorithm": member("WrappingAlgorithm"),
    "kms:WrappingKeySpec": member("WrappingKeySpec"),
    ...ofNewKeys(),
  },
  tagging: { action: "TagResource" },
  approximate: {
    Decrypt: "Refused without KeyId: only KMS can read from a ciphertext which key it is of.",
    ReEncrypt: "Refused without SourceKeyId.",
    RetireGrant: "Refused without KeyId.",
    ReplicateKey: "AWS also asks for CreateKey in the other region.",
    ListGrants: "Keys of the grants that are there are unknown.",
    CreateCustomKeyStore: "AWS also asks for what it does in CloudHSM.",
  },
};

/** Properties of a key: its maker says them; of one that is there they are unknown. */
function ofNewKeys(): Readonly<Record<string, KeyReader>> {
  return {
    "kms:KeyOrigin": ofCreate(member("Origin"), "AWS_KMS"),
    "kms:KeySpec": ofCreate(member("KeySpec", "CustomerMasterKeySpec"), "SYMMETRIC_DEFAULT"),
    "kms:KeyUsage": ofCreate(member("KeyUsage"), "ENCRYPT_DECRYPT"),
    "kms:MultiRegion": ofCreate(member("MultiRegion"), "false"),
    "kms:MultiRegionKeyType": ofCreate((input) => (input["MultiRegion"] === true ? "PRIMARY" : undefined), undefined),
  };
}

function ofCreate(read: KeyReader, otherwise: string | undefined): KeyReader {
  return (input, call, resource) =>
    call.operation === "CreateKey" ? (read(input, call, resource) ?? otherwise) : UNKNOWABLE;
}
