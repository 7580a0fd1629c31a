/** What a policy is to a decision: whose it is, or what it limits. */
export type PolicyType = "rcp" | "scp" | "resource" | "trust" | "identity" | "boundary" | "session";
