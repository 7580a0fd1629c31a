import type { AnalyzerOperation } from "../server/other-services.ts";

/** In what the operations of Access Analyzer differ from AWS's, or are not known to be as AWS's are, and why. */
export const ANALYZER_OPERATIONS: Readonly<Record<AnalyzerOperation, string>> = {
  ValidatePolicy:
    "issue codes, texts and types are as AWS's documentation was remembered, and not all checks of its list are there " +
    "([evidence](evidence/access-analyzer.md)); actions, ARNs and condition keys are those of the service reference as of " +
    "the release; texts are English whatever the locale; pages have 100 findings where the request does not say",
  CheckAccessNotGranted:
    "decided by comparing statements with the actions of the service reference; what cannot be decided is an " +
    "UnprocessableEntityException; texts are as AWS's documentation was remembered",
  CheckNoNewAccess: "likewise",
  CheckNoPublicAccess:
    "by the published meaning of public, the same for all types of resource; what a service adds, such as Block Public Access, is not looked at; texts as above",
};
