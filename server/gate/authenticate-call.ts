import type { Transaction } from "../../data/store.ts";
import type { Caller } from "../../handlers/caller.ts";
import { anonymousCaller } from "../../handlers/callers.ts";
import type { BodyPlan } from "../../signing/body-plan.ts";
import { isPostUpload, readPostSignature, verifyPostSignature } from "../../signing/post-signature.ts";
import type { Signature } from "../../signing/read-signature.ts";
import { provesHeadAlone, readServiceSignature, verifyServiceSignature } from "../../signing/service-signature.ts";
import { claimOf, ensureAccount, type Claim } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { openSession } from "../sessions.ts";
import type { Asked } from "./asked.ts";
import { checkUpload, readUpload } from "./post-upload.ts";
import { credentialsRefused, permissionRefused } from "./refusals.ts";

/** What of a signature leads to its secret. */
type Sent = Pick<Signature, "accessKeyId" | "region" | "securityToken">;

/** The services behind the gate are in regions of their own making, such as `local`. */
const regionValid = (region: string): boolean => /^[a-z\d-]{1,64}$/i.test(region);

/** Finds who calls and proves it, and says how the body is to be checked. Throws Refused in the words of the service. */
export function authenticateCall(asked: Asked, emulation: Emulation, tx: Transaction): BodyPlan {
  let sent: Sent | undefined;
  /** Finds the caller, checks by the secret what `check` does, and then believes it. */
  const proved = (signature: Sent, check: (claim: Claim) => BodyPlan): BodyPlan => {
    sent = signature;
    const { progress } = asked;
    const open = (token: string) => openSession(token, emulation, tx);
    const claim = claimOf(signature, tx, progress.now, emulation.options, open);
    const plan = check(claim);
    believe(claim.caller, signature.region, asked, tx);
    return plan;
  };
  try {
    if (asked.anonymous) return unsigned(asked, emulation, proved);
    const { head, body, call } = asked;
    const { rootSecretAccessKey } = emulation.options;
    const signature = readServiceSignature(head, {
      service: call.service,
      times: times(asked, emulation),
      regionValid,
    });
    if (body === undefined && !provesHeadAlone(head, signature)) throw permissionRefused(call, UNREAD);
    return proved(signature, ({ secret }) =>
      verifyServiceSignature(head, signature, secret, body, rootSecretAccessKey),
    );
  } catch (cause) {
    throw credentialsRefused(cause, asked.call, sent);
  }
}

/** What is decided by must be what is passed on: a body that is still to come, or to be put together of chunks, is not known. */
export const UNREAD = "What the call does stands in its body, which came in chunks, or was not read.";

/** Without a signature in head or query, it is nobody's call, or an upload whose form is signed. */
function unsigned(
  asked: Asked,
  emulation: Emulation,
  proved: (signature: Sent, check: (claim: Claim) => BodyPlan) => BodyPlan,
): BodyPlan {
  const { head, body, progress } = asked;
  const upload = isPostUpload(head) && body !== undefined ? readUpload(head, body) : undefined;
  const isSigned = upload?.fields.some(([name]) => SIGNATURES.has(name));
  if (!upload || !isSigned) {
    progress.caller = anonymousCaller(emulation.options.account);
    return { kind: "unsigned" };
  }
  const post = readPostSignature(upload.fields, { regionValid });
  return proved(post, ({ secret }) => {
    verifyPostSignature(post, secret);
    checkUpload(upload, post, Math.min(...times(asked, emulation)));
    return { kind: "verified" };
  });
}

/** Fields by which a form claims to be signed. */
const SIGNATURES = new Set(["policy", "signature", "awsaccesskeyid", "x-amz-signature", "x-amz-credential"]);

/** The emulator's time, and the machine's where the two differ: clients sign with either. */
const times = ({ progress }: Asked, { clock }: Emulation): readonly number[] =>
  clock.moved ? [progress.now, clock.machineNow()] : [progress.now];

function believe(caller: Caller, region: string, { progress }: Asked, tx: Transaction): void {
  progress.caller = caller;
  progress.facts.region = region;
  ensureAccount(caller.account, tx, progress.now);
}
