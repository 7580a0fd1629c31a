import { accounts } from "../../data/entities/accounts.ts";
import { operation } from "../operation.ts";
import { existingAccount } from "./account.ts";

/** Seen in the account summary only: the session tokens of the emulator are of one kind, which is valid in all regions. */
export const SetSecurityTokenServicePreferences = operation("SetSecurityTokenServicePreferences", {
  handle(input, context) {
    const globalEndpointTokenVersion = input.GlobalEndpointTokenVersion === "v2Token" ? 2 : 1;
    context.tx.put(accounts, { ...existingAccount(context), globalEndpointTokenVersion });
  },
});
