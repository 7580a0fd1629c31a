import { collection } from "../store.ts";

/** A name for comparison: IAM's names are unique, and found, regardless of case. */
export const fold = (name: string): string => name.toLowerCase();

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** An AWS account of the emulator. */
export interface Account {
  readonly id: string;
  readonly createdAt: number;
  readonly alias?: string;
  readonly passwordPolicy?: PasswordPolicy;
  /** The version of the tokens that the global endpoint of STS issues to the account; absent for 1. */
  readonly globalEndpointTokenVersion?: 1 | 2;
  /** Whether IAM Role Manager is on. */
  readonly roleManager?: boolean;
}
export const accounts = collection("accounts", (a: Account) => [a.id], {
  alias: (a) => (a.alias ? [a.alias] : undefined),
});

export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly requireSymbols: boolean;
  readonly requireNumbers: boolean;
  readonly requireUppercase: boolean;
  readonly requireLowercase: boolean;
  readonly allowUsersToChange: boolean;
  readonly maxAgeDays?: number;
  readonly reusePrevention?: number;
  readonly hardExpiry?: boolean;
}

/** The account as an issuer of JSON web tokens; once made, it stays the same, on or off. */
export interface OutboundFederation {
  readonly account: string;
  /** UUID, which is in the issuer's URL. */
  readonly issuerId: string;
  readonly enabled: boolean;
}
export const outboundFederations = collection("outbound-federations", (f: OutboundFederation) => [f.account], {
  issuerId: (f) => [f.issuerId],
});
