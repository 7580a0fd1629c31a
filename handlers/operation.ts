import type * as iam from "@aws-sdk/client-iam";
import type * as sts from "@aws-sdk/client-sts";
import type { Clock } from "../data/clock.ts";
import type { Tag } from "../data/entities/accounts.ts";
import type { Random } from "../data/random.ts";
import type { Transaction } from "../data/store.ts";
import type { Caller } from "./caller.ts";
import type { IssuerKeys } from "./issuer-keys.ts";
import type { ContextKeys, PolicySource, ResourceSource, TrustSource } from "../policy/evaluate.ts";
import type { Quotas } from "./quotas.ts";

// The SDK is a development dependency: its command classes type the handlers. If every member is optional, the
// constructor's parameter infers as `never`, so the input type is taken from the instance.
type Commands = typeof iam & typeof sts;
type CommandOf<N extends string> = `${N}Command` extends keyof Commands ? InstanceType<Commands[`${N}Command`]> : never;

/** The name of any operation of IAM or STS. */
export type OperationName = {
  [K in keyof Commands]-?: K extends `${infer N}Command` ? N : never;
}[keyof Commands] &
  string;

/** What the client sent, as typed by the SDK; required members have been checked. */
export type Input<N extends OperationName> = CommandOf<N> extends { readonly input: infer I } ? I : never;

/** What the client gets, as typed by the SDK. */
export type Output<N extends OperationName> =
  CommandOf<N> extends { resolveMiddleware: (...args: never[]) => (...args: never[]) => Promise<{ output: infer O }> }
    ? Omit<O, "$metadata">
    : never;

/** The rules that the emulator was started with. */
export interface Settings {
  /** `guide`: one MFA device per principal, SMS exists. `current`: eight devices, no new SMS device. */
  readonly mfaRules: "guide" | "current";
  /** Whether permissions are checked: `soft` notes in the trail what it would refuse, and lets it pass. */
  readonly enforcement: "on" | "soft" | "off";
  readonly quotas: Quotas;
  /** The server's region, e.g. `us-east-1`. */
  readonly region: string;
  /** The address at which clients find the emulator, such as `http://localhost:4593`. */
  readonly publicUrl: string;
  /** Hosts, besides this machine, on which OpenID Connect issuers may be. */
  readonly federationHosts: readonly string[];
}

/** What an operation knows besides its input. The time is read once per request. */
export interface Context {
  readonly tx: Transaction;
  readonly caller: Caller;
  /** The account acted on: the caller's. */
  readonly account: string;
  /** Milliseconds since 1970, on the emulator's clock. */
  readonly now: number;
  readonly random: Random;
  readonly settings: Settings;
  /** Seals and opens session tokens. */
  readonly sessions: SessionSealer;
  readonly request: RequestFacts;
  /** When the MFA code in this request was accepted (GetSessionToken, AssumeRole). */
  readonly mfaAt?: number;
}

/** What is needed to decide whether the caller has a permission. */
export type AccessContext = Pick<Context, "tx" | "caller" | "account" | "now" | "request" | "mfaAt">;

export interface RequestFacts {
  readonly id: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** From the credential scope. */
  readonly region: string;
  readonly secure: boolean;
  /** Whether a page of the console makes the request. */
  readonly fromConsole?: true;
}

/** Also seals authorization messages. */
export interface SessionSealer {
  /** A token of at least `minimumSize` bytes, if given. */
  seal(session: object, minimumSize?: number): string;
  /** The content of a token of this emulator; undefined for any other text. */
  open(token: string): object | undefined;
}

/** The resource of an operation: its ARN and, for policies that test them, its tags. */
export interface Resource {
  /** An ARN, or `*`. */
  readonly arn: string;
  /** The account that owns it, where the ARN does not tell, as those of buckets do not. */
  readonly owner?: string;
  readonly tags?: readonly Tag[];
  /** The resource's name in refusals, if it is not the bare ARN; empty if refusals leave it out. */
  readonly label?: string;
}

/** One permission that the caller needs before the operation may run. */
export interface Permission {
  /** Such as `iam:CreateUser`. */
  readonly action: string;
  readonly resource: Resource;
  /** Condition keys of the service and of this request, besides the global ones. */
  readonly keys?: ContextKeys;
  /** Names of condition keys that AWS would have here and nobody can tell. */
  readonly unknowable?: readonly string[];
  /** The trust policy to be considered, for operations that assume a role; null if the role does not exist. */
  readonly trust?: TrustSource | null;
  /** The policy of the resource, if it has one. */
  readonly resourcePolicy?: ResourceSource;
  /** A policy that the caller has here without its being attached: what the account's password policy lets users do. */
  readonly implied?: PolicySource;
  /** How a refusal writes the action, where that is not as policies do. */
  readonly actionLabel?: string;
  /** The refusal as AWS words it, where it is not the usual one. */
  readonly denied?: string;
}

/** What an operation may use while it prepares: it may read the state, but changes nothing. */
export interface Tools {
  readonly caller: Caller;
  readonly account: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
  /** Asks token issuers for their keys. */
  readonly issuerKeys: IssuerKeys;
  /** Reads the current state, which may have changed by the time `handle` runs. */
  read<R>(work: (tx: Transaction) => R): R;
}

export interface OperationSpec<N extends OperationName, P = undefined> {
  /**
   * Refuses kinds of callers that may never call this, whatever their permissions; comes before any MFA code is
   * checked.
   */
  admit?(input: Input<N>, context: Context): void;
  /**
   * Whether the request may have SerialNumber and TokenCode. They are checked, and the code used up, before
   * authorization.
   */
  readonly mfa?: true;
  /** The resource of the permission `iam:N` (or `sts:N`); `*` by default. */
  resource?(input: Input<N>, context: Context): Resource;
  /** Condition keys of the request, such as `aws:RequestTag/team`. */
  keys?(input: Input<N>, context: Context): ContextKeys;
  /**
   * Replaces `resource` and `keys` if the operation needs other permissions, several or none. They are decided one by
   * one, so that a generator can look further, and refuse, once the earlier ones are granted.
   */
  permissions?(input: Input<N>, context: Context, prepared: P): Iterable<Permission>;
  /** What must wait, before the transaction: hashing a password, verifying a token. Changes nothing. */
  prepare?(input: Input<N>, tools: Tools): Promise<P>;
  /**
   * The caller, for operations with a proof of their own instead of a signature, made from what `prepare` has verified.
   */
  identify?(input: Input<N>, prepared: P): Caller;
  /** The operation itself: synchronous, in one transaction; the only part that changes state. */
  handle(input: Input<N>, context: Context, prepared: P): Output<N> | void;
  /** What must wait, after the commit: drawing a QR code. */
  present?(output: Output<N>, input: Input<N>, context: Context): Promise<Output<N>>;
}

export interface Operation {
  readonly name: OperationName;
  // The table of operations holds all of them as one type; each was type-checked where it was declared.
  readonly spec: OperationSpec<never, unknown>;
}

/** Declares an operation under its exact name in the API. */
export function operation<N extends OperationName, P = undefined>(name: N, spec: OperationSpec<N, P>): Operation {
  return { name, spec: spec };
}
