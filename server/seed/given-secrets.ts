import { loginProfiles, accessKeys } from "../../data/entities/users.ts";
import { totpSecrets } from "../../data/entities/mfa.ts";
import { accountInId } from "../../data/ids.ts";
import { checkPassword, hashPassword, newHashSetting } from "../../handlers/iam/passwords.ts";
import { validSeed } from "../../signing/totp.ts";
import { InvalidRequest } from "../web/errors.ts";
import type { Place } from "./place.ts";
import { handle, type Plan } from "./plan.ts";

// Three secrets that no operation can set, since AWS makes them itself or takes them only in its console. If a seed
// gives them, they are written into the state over what the operation has made; nothing else is.

/** The form of AWS's access key ids; newer ones contain the account. */
const ACCESS_KEY_ID = /^AKIA[A-Z0-9]{16}$/;
const SECRET = /^[!-~]{1,128}$/;

/**
 * An access key of a user, or of root without a user name. `id` and `secret` are made if they are not given; a secret
 * that is made is shown to nobody.
 */
export function addAccessKey(key: Place, userName: string | undefined, plan: Plan): void {
  const { id, secret, status } = key.members("id", "secret", "status");
  const givenId = id.textIfGiven();
  const givenSecret = secret.textIfGiven();
  if (givenId !== undefined) checkAccessKeyId(id, givenId, plan.account);
  if (givenSecret !== undefined && !SECRET.test(givenSecret)) {
    throw secret.fail("must have 1 to 128 visible ASCII characters; those that AWS makes have 40.");
  }
  const state = status.textIfGiven() ?? "Active";
  if (state !== "Active" && state !== "Inactive") throw status.fail("must be Active or Inactive.");
  plan.do(
    key,
    ({ tx, ...context }) => {
      const { AccessKey } = handle("CreateAccessKey", { UserName: userName }, { tx, ...context });
      const made = tx.get(accessKeys, AccessKey!.AccessKeyId!)!;
      if (givenId !== undefined && tx.get(accessKeys, givenId)) throw taken("another access key");
      tx.delete(accessKeys, made.id);
      tx.put(accessKeys, { ...made, id: givenId ?? made.id, secret: givenSecret ?? made.secret, status: state });
    },
    ({ options }) => {
      if (givenId === options.rootAccessKeyId) throw taken("the root user of the emulator's account");
    },
  );
}

function checkAccessKeyId(place: Place, id: string, account: string): void {
  if (!ACCESS_KEY_ID.test(id)) throw place.fail("must be AKIA and 16 capital letters and digits after it.");
  const inside = accountInId(id);
  if (inside !== undefined && inside !== account) {
    throw place.fail(
      `is an id of account ${inside}, as its letters say, but stands in account ${account}. ` +
        "Take one whose fifth letter is from A to P, such as AKIAIOSFODNN7EXAMPLE: it holds no account.",
    );
  }
}

const taken = (owner: string) => InvalidRequest(`Its id is that of ${owner}.`);

/** Gives a virtual MFA device that has just been created the `seed` that an app on a phone already has. */
export function setSeed(seed: Place, serialNumber: string, plan: Plan): void {
  const text = seed.text();
  if (!validSeed(text)) throw seed.fail("must be base32 text of 16 to 64 bytes.");
  plan.do(seed, ({ tx }) => {
    const secret = tx.get(totpSecrets, serialNumber)!;
    tx.put(totpSecrets, { ...secret, seed: text.replace(/=+$/, "").toUpperCase() });
  });
}

/** Root's password for the console. The default password policy applies to root, not the account's. */
export function setRootPassword(password: Place, plan: Plan): void {
  const text = password.text();
  plan.do<string>(
    password,
    ({ tx, account, now }, passwordHash) =>
      tx.put(loginProfiles, {
        account,
        owner: account,
        passwordHash,
        formerHashes: [],
        createdAt: now,
        changedAt: now,
        resetRequired: false,
      }),
    ({ random }) => {
      checkPassword(text, undefined);
      return hashPassword(text, newHashSetting(random));
    },
  );
}
