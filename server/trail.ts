import type { Authorization } from "../handlers/authorize.ts";
import type { Caller } from "../handlers/caller.ts";
import type { RequestFacts } from "../handlers/operation.ts";
import { footprint } from "./footprint.ts";
import type { TrailEvent, UserIdentity } from "./trail-event.ts";

/** A request that was answered. Its event is written when it is first read: few are. */
export interface TrailEntry {
  readonly requestId: string;
  /** The decisions about its permissions, in the order in which they were made. */
  readonly authorizations: readonly Authorization[];
  /** Bytes of memory that it takes, at most. */
  readonly size: number;
  event(): TrailEvent;
}

/** What an event of each kind begins with; `service` is such as `iam`. */
export const eventHead = (
  service: string,
  eventName: string,
  now: number,
  { id, region, sourceIp, userAgent }: RequestFacts,
) => ({
  eventID: id,
  eventTime: new Date(now).toISOString(),
  eventSource: `${service}.amazonaws.com`,
  eventName,
  awsRegion: region,
  sourceIPAddress: sourceIp,
  userAgent,
  requestID: id,
});

const CAPACITY = 1000;
/** Bytes. A thousand requests as they usually are take less than half of it. */
const BUDGET = 32 * 1024 * 1024;

/** The last requests: a thousand of them, or as many as take 32 MB of memory. Recording costs a push. */
export class Trail {
  /** Those before `#first` have gone already. */
  #entries: (TrailEntry | undefined)[] = [];
  #first = 0;
  #size = 0;
  /** Told of each entry, while somebody watches. It must cost no more than a push: requests wait for it. */
  watcher: ((entry: TrailEntry) => void) | undefined;

  record(entry: TrailEntry): void {
    this.#entries.push(entry);
    this.watcher?.(entry);
    this.#size += entry.size;
    while (this.#size > BUDGET || this.#entries.length - this.#first > CAPACITY) this.#dropOldest();
    if (this.#first < CAPACITY) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  #dropOldest(): void {
    this.#size -= this.#entries[this.#first]!.size;
    this.#entries[this.#first++] = undefined;
  }

  /** Newest first. */
  list(): readonly TrailEvent[] {
    return this.#kept()
      .toReversed()
      .map((entry) => entry.event());
  }

  find(requestId: string): TrailEntry | undefined {
    return this.#kept().findLast((entry) => entry.requestId === requestId);
  }

  #kept(): readonly TrailEntry[] {
    return this.#entries.slice(this.#first) as readonly TrailEntry[];
  }
}

/** As CloudTrail has them: parameters of more are left out, other texts are cut (CloudTrail User Guide, "Record contents"). */
const MOST_PARAMETERS = 100 * 1024;
const MOST_TEXT = 1024;

/** An entry whose event is written at once, as text and without what makes it large: it holds nothing else of the request. */
export function writtenEntry(event: TrailEvent, authorizations: readonly Authorization[]): TrailEntry {
  const text = JSON.stringify(shortened(event));
  return {
    requestId: event.requestID,
    authorizations,
    size: footprint(text) + footprint(authorizations),
    event: () => JSON.parse(text) as TrailEvent,
  };
}

function shortened(event: TrailEvent): object {
  const size = JSON.stringify(event.requestParameters).length;
  const omitted = { omitted: true, originalSize: size, reason: "requestParameters too large" };
  const texts = Object.entries(event).map(([name, value]) => [name, typeof value === "string" ? cut(value) : value]);
  return { ...Object.fromEntries(texts), ...(size > MOST_PARAMETERS && { requestParameters: omitted }) };
}

const cut = (text: string): string => (text.length <= MOST_TEXT ? text : text.slice(0, MOST_TEXT));

/** Whether a request was refused, or would have been, had permissions been enforced. */
export const isRefusal = ({ errorCode, errorMessage, uncheckedDenial }: TrailEvent): boolean =>
  (errorCode ?? errorMessage ?? uncheckedDenial) !== undefined;

// By name, since the API marks only some of them as sensitive. Codes and passwords are what an attacker would look for;
// seeds and secrets stand in answers only, which the trail does not keep.
const SECRET_PARAMETERS = new Set([
  "AddPrivateKey",
  "AuthenticationCode1",
  "AuthenticationCode2",
  "NewPassword",
  "OldPassword",
  "Password",
  "PrivateKey",
  "SAMLAssertion",
  "TokenCode",
  "TradeInToken",
  "WebIdentityToken",
]);

export const HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS";

/** The parameters as CloudTrail shows them: lower-case first letters, secrets left out. */
export function requestParameters(input: Readonly<Record<string, unknown>> | undefined): unknown {
  if (input === undefined) return null;
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    const key = name.charAt(0).toLowerCase() + name.slice(1);
    shown[key] = SECRET_PARAMETERS.has(name) ? HIDDEN : value;
  }
  return shown;
}

/** A message without the secret parameters that it quotes: STS repeats values that break a constraint. */
export function withoutSecrets(message: string, input: Readonly<Record<string, unknown>> = {}): string {
  const secrets = [...SECRET_PARAMETERS].map((name) => input[name]).filter((value) => typeof value === "string");
  return secrets.reduce((text, secret) => text.replaceAll(`'${secret}'`, `'${HIDDEN}'`), message);
}

/** The caller as CloudTrail shows it (IAM User Guide, "CloudTrail userIdentity element"). */
export function userIdentity(caller: Caller): UserIdentity {
  const { principal, session } = caller;
  return {
    type: {
      root: "Root",
      user: "IAMUser",
      role: "AssumedRole",
      "federated-user": "FederatedUser",
      federated: principal.type === "federated" && principal.proof === "saml" ? "SAMLUser" : "WebIdentityUser",
      service: "AWSService",
      anonymous: "Unknown",
    }[principal.type],
    principalId: caller.userId,
    arn: caller.arn,
    accountId: caller.account,
    accessKeyId: caller.accessKeyId,
    ...(principal.type === "user" && { userName: principal.name }),
    ...(principal.type === "service" && { invokedBy: principal.service }),
    ...(principal.type === "federated" && { userName: principal.subject, identityProvider: principal.provider }),
    ...(session && {
      sessionContext: {
        attributes: {
          creationDate: new Date(session.issuedAt).toISOString().replace(/\.\d+Z$/, "Z"),
          mfaAuthenticated: session.mfaAt === undefined ? "false" : "true",
        },
        ...(principal.type === "role" && {
          sessionIssuer: { type: "Role" as const, principalId: principal.id, arn: principal.roleArn },
        }),
        ...(session.sourceIdentity !== undefined && { sourceIdentity: session.sourceIdentity }),
      },
    }),
  };
}
