import { dirname, join, isAbsolute } from "node:path";
import { WireError } from "../handlers/errors.ts";
import type { Place } from "../server/seed/place.ts";
import { SeedError } from "../server/seed/seed-error.ts";
import type { ReadSeed } from "../server/seed/source.ts";
import { WebError } from "../server/web/errors.ts";
import type { Accounts } from "./accounts.ts";
import { keysIn, type Assertion, type Reading } from "./assertions.ts";
import { assumeAssertions } from "./assume.ts";
import { CHECK_MEMBERS, checkAssertions, tableAssertions, type TestDefaults } from "./checks.ts";
import { onlyAssertions } from "./only.ts";
import { ACCOUNT_MEMBERS, openAccounts } from "./open-accounts.ts";
import { PolicyTestError } from "./policy-test-error.ts";
import { Principals } from "./principals.ts";
import { judge } from "./results.ts";
import type { AssertionResult } from "./test-results.ts";
import { fileSource, objectSource } from "./test-source.ts";
import { overlaid } from "./request-context.ts";

/** A file of tests after it was run. */
export interface TestRun {
  /** The file, or what stands for it. */
  readonly name: string;
  readonly accounts: Accounts;
  readonly assertions: readonly Assertion[];
  /** One for each assertion. */
  readonly results: readonly AssertionResult[];
}

export interface RunOptions {
  /** Only tests whose names hold it, without regard to case. */
  readonly filter?: string | undefined;
}

/** Runs a file of policy tests. Rejects with PolicyTestError where it cannot be read or asks for what is not there. */
export const runFile = (file: string, options: RunOptions = {}): Promise<TestRun> =>
  refused(async () => runSource(await fileSource(file), file, dirname(file), options));

/** Runs what would be in a file in `folder`. Rejects as `runFile` does. */
export const runObject = (tests: object, folder: string, options: RunOptions = {}): Promise<TestRun> =>
  refused(() => runSource(objectSource(tests, folder), "the tests", folder, options));

async function refused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SeedError || cause instanceof WebError || cause instanceof WireError) {
      throw new PolicyTestError(cause.message);
    }
    throw cause;
  }
}

async function runSource(source: ReadSeed, name: string, folder: string, { filter }: RunOptions): Promise<TestRun> {
  const { tests, context, ...given } = source.root.members(
    ...ACCOUNT_MEMBERS,
    "account",
    "principals",
    "context",
    "tests",
  );
  const toPath = (file: string) => (isAbsolute(file) ? file : join(folder, file));
  if (!tests.isGiven) throw source.root.fail("tests is missing.");
  const accounts = await openAccounts(source, given, toPath);
  const { store, clock } = accounts.emulation;
  const assertions = store.read((tx) => {
    const reading: Reading = { accounts, tx, principals: new Principals(accounts, tx), now: clock.now() };
    const keys = keysIn(context);
    return tests.items().flatMap((test, index) => {
      const title = test.at("name").textIfGiven() ?? `test ${index + 1}`;
      if (filter !== undefined && !title.toLowerCase().includes(filter.toLowerCase())) return [];
      return [...assertionsOf(test, title, keys, reading)];
    });
  });
  return { name, accounts, assertions, results: assertions.map((assertion) => judge(assertion, accounts)) };
}

function* assertionsOf(test: Place, name: string, keys: TestDefaults["keys"], reading: Reading): Iterable<Assertion> {
  const {
    check,
    table,
    only,
    assume,
    name: _name,
    assertions,
    ...places
  } = test.members("name", "check", "table", "only", "assume", "assertions", ...CHECK_MEMBERS);
  const defaults = { name, places, keys: overlaid(keys, keysIn(places.context)) };
  const parts = [check, table, only, assume].filter((part) => part.isGiven);
  if (assertions.isGiven && parts.length > 0) throw assertions.fail("belongs into an entry of check.");
  // A test may be its only check.
  if (parts.length === 0) return yield* checkAssertions({ assertions, ...places }, defaults, reading);
  for (const entry of entriesOf(check))
    yield* checkAssertions(entry.members(...CHECK_MEMBERS, "assertions"), defaults, reading);
  for (const entry of entriesOf(table)) yield* tableAssertions(entry, defaults, reading);
  for (const entry of entriesOf(only)) yield* onlyAssertions(entry, defaults, reading);
  for (const entry of entriesOf(assume)) yield* assumeAssertions(entry, defaults, reading);
}

/** A list, or a lone entry. */
const entriesOf = (place: Place): readonly Place[] =>
  !place.isGiven || Array.isArray(place.value) ? place.items() : [place];
