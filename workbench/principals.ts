import { fold } from "../data/entities/accounts.ts";
import { roles } from "../data/entities/roles.ts";
import { groups, memberships, users } from "../data/entities/users.ts";
import type { Transaction } from "../data/store.ts";
import { roleArn, rootArn, userArn } from "../handlers/arns.ts";
import type { Caller } from "../handlers/caller.ts";
import { Glob } from "../policy/glob.ts";
import { callerNamed } from "../server/control/principals.ts";
import type { Place } from "../server/seed/place.ts";
import { suggest } from "../server/seed/suggest.ts";
import { WebError } from "../server/web/errors.ts";
import type { Accounts } from "./accounts.ts";

/** Somebody whom a test is about, under the name by which the test calls it. */
export interface Principal {
  readonly name: string;
  readonly caller: Caller;
}

type Named = readonly [name: string, arn: string];
type Candidates = ReadonlyMap<string, Named>;

const KINDS =
  "There are root, user/NAME, role/NAME, group/NAME, policy/NAME, ARNs of users, roles and sessions, and services such as lambda.amazonaws.com.";

/** Resolves the principals that tests name, each once. */
export class Principals {
  readonly #accounts: Accounts;
  readonly #tx: Transaction;
  readonly #kinds = new Map<string, Candidates>();
  readonly #known = new Map<string, readonly Principal[]>();

  constructor(accounts: Accounts, tx: Transaction) {
    this.#accounts = accounts;
    this.#tx = tx;
  }

  /**
   * Whom a text, or each text of a list, names: `root`, `user/NAME`, `role/NAME`, also with `*` in the name, `group/NAME`
   * for all of its users, `policy/NAME` for somebody who has that policy alone, an ARN, or a service. Throws SeedError
   * where there is no such principal.
   */
  named(place: Place): readonly Principal[] {
    if (Array.isArray(place.value)) return place.items().flatMap((item) => this.named(item));
    const text = place.text();
    let known = this.#known.get(text);
    if (known === undefined) {
      known = this.#arns(text, place).map(([name, arn]) => ({ name, caller: this.#caller(arn, place) }));
      this.#known.set(text, known);
    }
    return known;
  }

  #caller(arn: string, place: Place): Caller {
    try {
      return callerNamed(arn, this.#tx, this.#accounts.emulation);
    } catch (cause) {
      if (!(cause instanceof WebError)) throw cause;
      throw place.fail(cause.code === "NotFound" ? cause.message : `${JSON.stringify(arn)} is nobody. ${KINDS}`);
    }
  }

  #arns(text: string, place: Place): readonly Named[] {
    const { account } = this.#accounts;
    const [, kind, name] = /^(user|role|group|policy)\/(.+)$/.exec(text) ?? [];
    if (text === "root") return [[text, rootArn(account)]];
    if (kind === undefined || name === undefined) return [[text, text]];
    const candidates = this.#candidates(kind);
    if (/[*?]/.test(name)) {
      const pattern = Glob.of(fold(text));
      const fitting = [...candidates.values()].filter(([candidate]) => pattern.matches(fold(candidate)));
      if (fitting.length > 0) return kind === "group" ? fitting.flatMap(([group]) => this.#members(group)) : fitting;
      throw place.fail(`there is no ${kind} in account ${account} that ${text} fits.`);
    }
    // A path may be given, too, and counts if it is.
    const found = candidates.get(fold(text)) ?? [...candidates.values()].find(([, arn]) => arn.endsWith(`:${text}`));
    if (found === undefined) {
      const names = Array.from(candidates.values(), ([candidate]) => candidate);
      const meant = suggest(text, names);
      throw place.fail(
        `there is no ${kind} ${name} in account ${account}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`,
      );
    }
    return kind === "group" ? this.#members(found[0]) : [[text, found[1]]];
  }

  /** All of a kind by their names in lower case, such as `role/deploy` -> `role/Deploy` and its ARN. */
  #candidates(kind: string): Candidates {
    let candidates = this.#kinds.get(kind);
    if (candidates === undefined) {
      const named = this.#all(kind).map((entry) => [fold(entry[0]), entry] as const);
      this.#kinds.set(kind, (candidates = new Map(named)));
    }
    return candidates;
  }

  #all(kind: string): readonly Named[] {
    const { account, holders } = this.#accounts;
    const tx = this.#tx;
    if (kind === "policy") return [...holders];
    if (kind === "group") return Array.from(tx.list(groups, [account]), ({ name }) => [`group/${name}`, ""]);
    return kind === "user"
      ? Array.from(tx.list(users, [account]), ({ name, path }) => [`user/${name}`, userArn(account, name, path)])
      : Array.from(tx.list(roles, [account]), ({ name, path }) => [`role/${name}`, roleArn(account, name, path)]);
  }

  #members(group: string): Named[] {
    const { account } = this.#accounts;
    const { id } = this.#tx.get(groups, account, fold(group.slice("group/".length)))!;
    return Array.from(this.#tx.list(memberships, [account, id]), ({ user }) => {
      const { name, path } = this.#tx.find(users, "id", account, user)!;
      return [`user/${name}`, userArn(account, name, path)];
    });
  }
}
