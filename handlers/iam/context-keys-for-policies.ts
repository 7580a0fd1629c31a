import { identityPolicies, managedPolicy } from "../identity-policies.ts";
import { operation } from "../operation.ts";
import { contextKeysIn } from "../policy-documents.ts";
import { existingSource, sourceResource } from "./policy-source.ts";

// Each key is listed once for every document that mentions it, as spelt there (evidence: context-keys-listed).

export const GetContextKeysForCustomPolicy = operation("GetContextKeysForCustomPolicy", {
  handle: (input) => ({ ContextKeyNames: input.PolicyInputList!.flatMap(contextKeysIn) }),
});

export const GetContextKeysForPrincipalPolicy = operation("GetContextKeysForPrincipalPolicy", {
  resource: (input, context) => sourceResource(input.PolicySourceArn!, context),
  handle(input, context) {
    const source = existingSource(input.PolicySourceArn!, context);
    const policies = [
      ...identityPolicies(source, context.tx),
      ...(source.boundary === undefined ? [] : [managedPolicy(source.boundary, context.tx)]),
    ];
    const documents = [...policies.map(({ document }) => document), ...(input.PolicyInputList ?? [])];
    return { ContextKeyNames: documents.flatMap(contextKeysIn) };
  },
});
