import { keyAliases } from "../../data/entities/gate.ts";
import type { Call, Change } from "./resource-changes.ts";

const aliasOf = ({ arns }: Call) => arns.find((arn) => arn.includes(":alias/"));

/** The key that an alias is to stand for: of two, which UpdateAlias is about, the one that the input names. */
function targetOf({ arns, input }: Call): string | undefined {
  const { TargetKeyId: target } = input;
  const keys = arns.filter((arn) => arn.includes(":key/"));
  return keys.find((arn) => arn === target || arn.endsWith(`/${String(target)}`)) ?? keys.at(-1);
}

/** An alias of KMS stands for a key from now on. */
export const aliases: Change = (call) => {
  const arn = aliasOf(call);
  const key = targetOf(call);
  return arn === undefined || key === undefined
    ? undefined
    : (tx) => tx.put(keyAliases, { arn, account: call.account, key });
};

export const unaliases: Change = (call) => {
  const arn = aliasOf(call);
  return arn === undefined ? undefined : (tx) => void tx.delete(keyAliases, arn);
};
