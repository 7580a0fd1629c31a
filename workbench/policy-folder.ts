import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { policyArn, userArn } from "../handlers/arns.ts";
import { readPolicy } from "../policy/document.ts";
import { ensureAccount } from "../server/authenticate.ts";
import { fileFailure } from "../server/file-failure.ts";
import type { Place } from "../server/seed/place.ts";
import { Plan, prepareSteps, StepRefused } from "../server/seed/plan.ts";
import { POLICIES_OF, trustsNobody } from "../server/seed/principals.ts";
import { suggest } from "../server/seed/suggest.ts";
import type { Accounts, ToPath } from "./accounts.ts";
import { noteFile } from "./document-places.ts";
import { PolicyTestError } from "./policy-test-error.ts";

/** A policy document that stands by itself. `name` is that of its file, below the folder, without `.json`. */
interface LoneDocument {
  readonly name: string;
  readonly text: string;
  readonly place: Place;
}

/**
 * Makes a managed policy of each document of a folder, or of each in a mapping, and a made-up user who has that policy
 * alone, `policy/NAME`. `principals` are users and roles that have several: `role/Deploy: [deploy, guard]`.
 */
export async function addFolder(folder: Place, principals: Place, accounts: Accounts, toPath: ToPath): Promise<void> {
  const { account, emulation, holders } = accounts;
  const plan = new Plan(account);
  plan.do(folder, ({ tx, now }) => ensureAccount(account, tx, now));
  const arns = new Map<string, string>();
  for (const document of documentsIn(folder, accounts, toPath)) {
    const entity = entityName(document.name);
    if (arns.has(document.name)) throw document.place.fail(`there are two policies ${document.name}.`);
    arns.set(document.name, policyArn(account, entity, PATH));
    holders.set(`policy/${document.name}`, userArn(account, entity, PATH));
    plan.call(document.place, "CreatePolicy", { PolicyName: entity, Path: PATH, PolicyDocument: document.text });
    plan.call(document.place, "CreateUser", { UserName: entity, Path: PATH });
    POLICIES_OF.user.attach(plan, document.place, entity, arns.get(document.name)!);
  }
  for (const [principal, policies] of principals.entries()) addPrincipal(principal, policies, arns, plan);
  try {
    await emulation.store.transact(await prepareSteps(plan.steps, emulation));
  } catch (cause) {
    throw cause instanceof StepRefused ? cause.step.place.fail(cause.message) : cause;
  }
}

/** Keeps what is made up apart from users and policies that tests name. */
const PATH = "/policies/";

/** Names of files may have characters that names of policies may not. */
const entityName = (name: string): string => name.replace(/[^\w+=,.@-]/g, "-");

function documentsIn(folder: Place, accounts: Accounts, toPath: ToPath): LoneDocument[] {
  if (typeof folder.value !== "string") {
    return folder.entries().map(([name, place]) => ({ name, text: place.json(), place }));
  }
  const root = toPath(folder.text());
  const names = filesIn(folder, root).filter((file) => file.endsWith(".json"));
  if (names.length === 0) throw folder.fail(`there is no policy document (*.json) in ${folder.text()}.`);
  return names.map((file) => {
    const path = join(root, file);
    const text = readFileSync(path, "utf8");
    const { fault } = readPolicy(text, "identity");
    if (fault) {
      throw new PolicyTestError(`${path}:${fault.start.line}:${fault.start.column}: ${fault.message} ${fault.detail}`);
    }
    noteFile(path, text, accounts.places);
    return { name: file.slice(0, -".json".length), text, place: folder };
  });
}

function filesIn(folder: Place, root: string): string[] {
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
      .toSorted();
  } catch (cause) {
    throw folder.fail(`${root} cannot be read: ${fileFailure(cause)}.`);
  }
}

function addPrincipal(principal: string, policies: Place, arns: ReadonlyMap<string, string>, plan: Plan): void {
  const [, kind, name = ""] = /^(user|role)\/(.+)$/.exec(principal) ?? [];
  if (kind !== "user" && kind !== "role") throw policies.fail("must be user/NAME or role/NAME.");
  if (kind === "user") plan.call(policies, "CreateUser", { UserName: name });
  else {
    const AssumeRolePolicyDocument = trustsNobody(plan.account);
    plan.call(policies, "CreateRole", { RoleName: name, AssumeRolePolicyDocument });
  }
  for (const policy of Array.isArray(policies.value) ? policies.items() : [policies]) {
    const arn = policy.text().startsWith("arn:") ? policy.text() : arns.get(policy.text());
    if (arn === undefined) {
      const meant = suggest(policy.text(), [...arns.keys()]);
      throw policy.fail(`there is no policy ${policy.text()}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`);
    }
    POLICIES_OF[kind].attach(plan, policy, name, arn);
  }
}
