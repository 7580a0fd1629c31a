import { accounts, type Account } from "../../data/entities/accounts.ts";
import { EntityAlreadyExists, NoSuchEntity, ValidationError } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { pageOf } from "../paging.ts";

/** The caller's account, which exists: it is created when its root keys are first used, before any operation runs. */
export function existingAccount({ tx, account }: Context): Account {
  const found = tx.get(accounts, account);
  if (!found) throw new Error(`account ${account} was not made at sign-in`);
  return found;
}

/** Replaces the account's alias, if it has one. No two accounts have the same alias. */
export const CreateAccountAlias = operation("CreateAccountAlias", {
  handle(input, context) {
    const alias = input.AccountAlias!;
    // It would be mistaken for an account's id; AWS's text is not known (evidence: account-alias-no-account-id).
    if (/^\d{12}$/.test(alias)) {
      throw ValidationError("The specified value for accountAlias is invalid. It cannot be a 12-digit number.");
    }
    if (context.tx.find(accounts, "alias", alias)) {
      throw EntityAlreadyExists(`The account alias ${alias} already exists.`);
    }
    context.tx.put(accounts, { ...existingAccount(context), alias });
  },
});

export const DeleteAccountAlias = operation("DeleteAccountAlias", {
  handle(input, context) {
    const { alias, ...account } = existingAccount(context);
    if (alias !== input.AccountAlias) {
      throw NoSuchEntity(`The account alias ${input.AccountAlias} cannot be found.`);
    }
    context.tx.put(accounts, account);
  },
});

export const ListAccountAliases = operation("ListAccountAliases", {
  handle(input, context) {
    const { alias } = existingAccount(context);
    const { items, paging } = pageOf(alias === undefined ? [] : [alias], input, context, ["ListAccountAliases"]);
    return { AccountAliases: items, ...paging };
  },
});
