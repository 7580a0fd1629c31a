import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, isAbsolute, join, relative } from "node:path";
import { type PolicyKind, readPolicy } from "../policy/document.ts";
import { readJson } from "../policy/json.ts";
import { readStructure } from "../policy/structure.ts";
import { fileFailure } from "../server/file-failure.ts";
import { DETAIL_LISTS } from "../server/seed/authorization-details.ts";
import type { Accounts } from "./accounts.ts";
import { checkOut, revisionIn } from "./diff-git.ts";
import { type Subject, subjectsIn } from "./diff-subjects.ts";
import { ACCOUNT_MEMBERS, openAccounts } from "./open-accounts.ts";
import { PolicyTestError } from "./policy-test-error.ts";
import { fileSource, objectSource } from "./test-source.ts";

/** One side of a comparison. */
export interface DiffSide {
  /** As it was named. */
  readonly name: string;
  readonly subjects: readonly Subject[];
  /** What a test file would say to be about this side: a member, such as `seed`, and its value. */
  readonly asTested: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/**
 * Reads a side and works with it: a policy document, a folder of such, a seed, an export, `get-account-authorization-details`,
 * the URL of a running emulator, or `REV:PATH`, one of these in a git revision. Rejects with PolicyTestError or SeedError.
 */
export async function withSide<T>(name: string, work: (side: DiffSide) => Promise<T>): Promise<T> {
  const revision = revisionIn(name);
  if (revision === undefined) return work(await readSide(name, name));
  const files = checkOut(revision.revision, revision.path);
  try {
    return await work(await readSide(files.path, name));
  } catch (cause) {
    if (cause instanceof Error) cause.message = files.renamed(cause.message);
    throw cause;
  } finally {
    files.remove();
  }
}

async function readSide(path: string, name: string): Promise<DiffSide> {
  if (/^https?:\/\//.test(path)) return accountsSide(name, { endpoint: path });
  if (isFolder(path, name)) return folderSide(path, name);
  const { root } = await fileSource(path);
  const has = (member: string) => root.at(member).isGiven;
  if (has("Statement")) {
    const text = readFileSync(path, "utf8");
    const named = { name: basename(path).replace(/\.[^.]+$/, ""), path, text };
    return documentsSide(name, [named], { policies: { [named.name]: text } });
  }
  const file = isAbsolute(path) ? path : join(process.cwd(), path);
  return accountsSide(name, DETAIL_LISTS.some(has) ? { authorizationDetails: file } : { seed: file });
}

function isFolder(path: string, name: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    throw new PolicyTestError(`${name} cannot be read: ${fileFailure(cause)}.`);
  }
}

async function accountsSide(name: string, asTested: DiffSide["asTested"]): Promise<DiffSide> {
  const source = objectSource(asTested, ".");
  const accounts: Accounts = await openAccounts(
    source,
    source.root.members(...ACCOUNT_MEMBERS, "account", "principals"),
    (file) => file,
  );
  return { name, subjects: subjectsIn(accounts.emulation.store, accounts.account), asTested, notes: accounts.notes };
}

interface NamedDocument {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

function folderSide(root: string, name: string): DiffSide {
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        entry.name.endsWith(".json") &&
        !/(^|[/\\])(\.|node_modules)/.test(relative(root, entry.parentPath)),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const documents = files.flatMap((path): NamedDocument[] => {
    const text = readFileSync(path, "utf8");
    // A folder of policies may have other files in it, such as tests.
    if (!/"Statement"/.test(text)) return [];
    return [{ name: relative(root, path).replaceAll("\\", "/").slice(0, -".json".length), path, text }];
  });
  if (documents.length === 0) throw new PolicyTestError(`there is no policy document (*.json) in ${name}.`);
  const side = documentsSide(name, documents, {});
  const ofIdentities = documents.filter(({ text }) => !namesCallers(text));
  const policies = Object.fromEntries(ofIdentities.map((document) => [document.name, document.text]));
  return { ...side, asTested: { policies } };
}

/** Each document is a subject by itself. Throws PolicyTestError for what is no policy, with its place. */
function documentsSide(name: string, documents: readonly NamedDocument[], asTested: DiffSide["asTested"]): DiffSide {
  const subjects = documents.map(({ name: policy, path, text }): Subject => {
    const kind = namesCallers(text) ? "resource" : "policy";
    const fault =
      kind === "policy" ? faultIn(text, "simulated") : faultIn(text, "trust") && faultIn(text, "simulated-resource");
    if (fault !== undefined) {
      const { line, column } = fault.start;
      throw new PolicyTestError(`${path}:${line}:${column}: ${fault.message} ${fault.detail}`);
    }
    return { name: `policy/${policy}`, kind, levels: [[{ id: policy, document: text }]] };
  });
  return { name, subjects, asTested, notes: [] };
}

const faultIn = (text: string, kind: PolicyKind) => readPolicy(text, kind).fault;

/** Whether it is the policy of a resource. */
function namesCallers(text: string): boolean {
  const { json } = readJson(text);
  const { statements } = json === undefined ? { statements: [] } : readStructure(json).structure;
  return statements.some(({ principals, notPrincipals }) => (principals ?? notPrincipals) !== undefined);
}
