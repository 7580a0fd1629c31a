import assert from "node:assert/strict";
import {
  SimulateCustomPolicyCommand,
  type ContextEntry,
  type EvaluationResult,
  type SimulateCustomPolicyCommandInput,
  type Statement,
} from "@aws-sdk/client-iam";

import type { Emulator } from "../emulator.ts";
import { allow, document } from "../fixtures.ts";

export const USER = "arn:aws:iam::000000000000:user/alice";
export const ROLE = "arn:aws:iam::000000000000:role/deploy";
export const OBJECT = "arn:aws:s3:::bucket/key";
export const QUEUE = "arn:aws:sqs:us-east-1:000000000000:queue";

/** A context entry of type string. */
export const string = (ContextKeyName: string, ...ContextKeyValues: string[]): ContextEntry => ({
  ContextKeyName,
  ContextKeyType: "string",
  ContextKeyValues,
});

/** The sources of statements, in short. */
export const sources = (statements: readonly Statement[] | undefined) =>
  statements?.map(({ SourcePolicyId, SourcePolicyType }) => `${SourcePolicyId} (${SourcePolicyType})`);

type Input = Partial<SimulateCustomPolicyCommandInput>;

/** SimulateCustomPolicy, by default for iam:GetUser with a policy that allows everything. */
export function simulator(emu: Emulator) {
  const results = async (input: Input): Promise<EvaluationResult[]> => {
    const all = { PolicyInputList: [document(allow("*"))], ActionNames: ["iam:GetUser"], ...input };
    return (await emu.iam().send(new SimulateCustomPolicyCommand(all))).EvaluationResults!;
  };
  return {
    results,
    result: async (input: Input) => (await results(input))[0]!,
    decisions: async (input: Input) => (await results(input)).map(({ EvalDecision }) => EvalDecision),
    refused: (input: Input, message: string) =>
      assert.rejects(results(input), { name: "InvalidInputException", message }),
  };
}
