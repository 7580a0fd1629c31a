import { accounts } from "../../data/entities/accounts.ts";
import { operation } from "../operation.ts";
import { existingAccount } from "./account.ts";

/** Only the account summary shows it: the emulator's session tokens are all of one kind, valid in all regions. */
export const SetSecurityTokenServicePreferences = operation("SetSecurityTokenServicePreferences", {
  handle(input, context) {
    const globalEndpointTokenVersion = input.GlobalEndpointTokenVersion === "v2Token" ? 2 : 1;
    context.tx.put(accounts, { ...existingAccount(context), globalEndpointTokenVersion });
  },
});
