import assert from "node:assert/strict";
import type { Request } from "express";
import { beforeEach, describe, it } from "mocha";
import { Clock } from "../../data/clock.ts";
import { collections } from "../../data/entities/collections.ts";
import { loginProfiles } from "../../data/entities/users.ts";
import { seededRandom } from "../../data/random.ts";
import { memoryBackend, openStore } from "../../data/store.ts";
import { hashPassword } from "../../handlers/iam/passwords.ts";
import { devicesOf } from "../../handlers/mfa/devices.ts";
import { allow, document, trust } from "../../integration/fixtures.ts";
import { rootCaller } from "../../handlers/callers.ts";
import { ensureAccount } from "../authenticate.ts";
import { emulationOf, type Emulation } from "../emulation.ts";
import { DEFAULTS } from "../options.ts";
import { call } from "../call.ts";
import { csrfTokens } from "./csrf.ts";
import { enrolSecurityKey } from "./enrol.ts";
import { memoryOf } from "./memory.ts";
import { changeOwnPassword } from "./own-password.ts";
import { newPassword } from "./pages/new-password.ts";
import { changeRootPassword } from "./root-password.ts";
import { callerOf, currentPasswordHash, INITIAL_ROOT_PASSWORD, newPending, signedIn } from "../web/signed-in.ts";
import { otherUser } from "./subject.ts";
import { switchRole } from "./switched-role.ts";
import { signedInView, viewOf, type Shared } from "./view.ts";

const account = "000000000000";
const PASSWORD = "Correct horse 1";
const OTHER = "Battery staple 2";
const VISITOR = "visitor";
const FROM = { sourceIp: "127.0.0.1", userAgent: "", secure: false };

// Changes during the wait of a request, which no client can time.
describe("in the console, while a request is under way", () => {
  let shared: Shared;
  let emulation: Emulation;
  let principalId: string;
  /** While it is set, nothing becomes durable before it resolves. */
  let held: Promise<void> | undefined;
  const owner = () => ({ account, principalId });
  const hash = () => emulation.store.read((tx) => currentPasswordHash(owner(), tx));
  const memory = () => memoryOf(emulation);

  beforeEach(async () => {
    held = undefined;
    const store = await openStore({ collections, backend: { ...memoryBackend(), durable: () => held } });
    const clock = new Clock();
    const state = { store, sealingKey: Buffer.alloc(32) };
    emulation = emulationOf(state, clock, seededRandom("console"), { ...DEFAULTS, rootPassword: PASSWORD });
    shared = { emulation, reset: async () => {}, csrf: csrfTokens(emulation) };
    store.transact((tx) => ensureAccount(account, tx, clock.now()));
    const root = rootCaller(account, "");
    const policy = { UserName: "Ann", PolicyName: "all", PolicyDocument: document(allow("*")) };
    const role = { RoleName: "Guest", AssumeRolePolicyDocument: document(trust(`arn:aws:iam::${account}:root`)) };
    principalId = (await call("CreateUser", { UserName: "Ann" }, root, emulation, FROM)).User!.UserId!;
    await call("CreateLoginProfile", { UserName: "Ann", Password: PASSWORD }, root, emulation, FROM);
    await call("PutUserPolicy", policy, root, emulation, FROM);
    await call("CreateRole", role, root, emulation, FROM);
  });

  const view = () => {
    const request = { originalUrl: "/console", headers: { host: "localhost:4593" }, socket: {}, params: {} };
    return viewOf(request as unknown as Request, VISITOR, shared);
  };

  const pending = () =>
    newPending({ account, principalId, passwordHash: hash()!, next: "/console" }, emulation.clock.now());

  /** The view of Ann, who has signed in. */
  async function annsView() {
    await memory().signedIn.set(VISITOR, signedIn(pending(), emulation));
    return signedInView(await view())!;
  }

  const isSignedIn = () => {
    const entry = memory().signedIn.get(VISITOR, emulation.clock.now());
    return entry !== undefined && callerOf(entry, emulation) !== undefined;
  };

  const signOut = () => memory().signedIn.delete(VISITOR);

  /** What an administrator does to set another password. */
  async function resetPassword() {
    const passwordHash = await hashPassword("Administrator 3", hash()!);
    await emulation.store.transact((tx) => {
      const profile = tx.get(loginProfiles, account, principalId)!;
      tx.put(loginProfiles, { ...profile, passwordHash });
    });
  }

  /** Starts to change the password, runs `meanwhile` as soon as the password has changed, and waits for the rest. */
  async function change<R>(changing: () => Promise<R>, meanwhile: () => void | Promise<void>): Promise<R> {
    let release = () => {};
    held = new Promise((resolve) => (release = resolve));
    const before = hash();
    const changed = changing();
    while (hash() === before) await new Promise(setImmediate);
    await meanwhile();
    held = undefined;
    release();
    return changed;
  }

  const passwords = { OldPassword: PASSWORD, NewPassword: OTHER };

  it("a sign-out is not undone by a switch to a role", async () => {
    const switching = switchRole(account, "Guest", await annsView());
    await signOut();
    await assert.rejects(switching, { name: "Refused", message: "You have signed out in the meantime." });
    assert.ok(!isSignedIn());
  });

  it("a sign-out is not undone by a change of the password", async () => {
    const ann = await annsView();
    await change(() => changeOwnPassword(passwords, ann), signOut);
    assert.ok(!isSignedIn());
  });

  it("a password that an administrator sets ends the session that has just set one", async () => {
    const ann = await annsView();
    await change(
      () => changeOwnPassword(passwords, ann),
      () => {},
    );
    assert.ok(isSignedIn());
    const again = { OldPassword: OTHER, NewPassword: PASSWORD };
    await change(() => changeOwnPassword(again, ann), resetPassword);
    assert.ok(!isSignedIn());
  });

  it("an MFA device is not said to be enabled before it is durable", async () => {
    const ann = await annsView();
    let release = () => {};
    held = new Promise((resolve) => (release = resolve));
    const key = { credentialId: "key", x: "x", y: "y", signCount: 0, certifications: {} };
    let isSaid = false;
    const enabling = enrolSecurityKey(otherUser("Ann"), undefined, key, ann).then(() => (isSaid = true));
    const devices = () => emulation.store.read((tx) => devicesOf({ id: principalId }, { tx, account }));
    while (devices().length === 0) await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.equal(isSaid, false);
    held = undefined;
    release();
    await enabling;
  });

  it("of two changes of root's password only the first counts", async () => {
    const root = newPending(
      { account, principalId: account, passwordHash: INITIAL_ROOT_PASSWORD, next: "/console" },
      emulation.clock.now(),
    );
    await memory().signedIn.set(VISITOR, signedIn(root, emulation));
    const asRoot = signedInView(await view())!;
    const changes = [OTHER, "Administrator 3"].map((NewPassword) =>
      changeRootPassword({ OldPassword: PASSWORD, NewPassword }, asRoot),
    );
    const outcomes = await Promise.allSettled(changes);
    const [lost] = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as Error] : []));
    assert.equal(lost?.message, "The password has changed meanwhile.");
    assert.ok(isSignedIn());
  });

  it("a password that an administrator sets ends the sign-in that has just set one", async () => {
    await emulation.store.transact((tx) => {
      const profile = tx.get(loginProfiles, account, principalId)!;
      tx.put(loginProfiles, { ...profile, resetRequired: true });
    });
    const form = new URLSearchParams({ oldPassword: PASSWORD, newPassword: OTHER, again: OTHER });
    await memory().pending.set(VISITOR, pending());
    const asked = { ...(await view()), form };
    const answer = await change(async () => newPassword.POST!(asked as never), resetPassword);
    assert.deepEqual(answer, { to: "/console/sign-in", notice: undefined });
  });
});
