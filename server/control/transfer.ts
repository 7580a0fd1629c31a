import type { Emulation } from "../emulation.ts";
import { exportDetails } from "../seed/export.ts";
import { importDetails } from "../seed/import.ts";
import { Place } from "../seed/place.ts";
import { SeedError } from "../seed/seed-error.ts";
import { NO_FILE } from "../seed/source.ts";
import { InvalidRequest } from "../web/errors.ts";
import { accountId, json } from "../web/input.ts";
import { asks, type Routes } from "../web/routes.ts";

/** `/_emulator/import` and `/_emulator/export`: an account as GetAccountAuthorizationDetails reports it. */
export function transferRoutes(emulation: Emulation): Routes {
  const { options } = emulation;
  return {
    "/import": {
      // Large enough for the largest accounts.
      body: { type: "any text", limit: "128mb" },
      POST: asks(["account", "rewriteAccount"], async ({ account, rewriteAccount = "false" }, request) => {
        if (!["true", "false"].includes(rewriteAccount)) throw InvalidRequest("rewriteAccount must be true or false.");
        const details = new Place(json(request) ?? {}, NO_FILE);
        try {
          return await importDetails(
            details,
            accountId(account, options.account),
            rewriteAccount === "true",
            emulation,
          );
        } catch (cause) {
          throw cause instanceof SeedError ? InvalidRequest(cause.message) : cause;
        }
      }),
    },
    "/export": {
      GET: asks(["account"], ({ account }) => {
        return exportDetails(accountId(account, options.account), emulation);
      }),
    },
  };
}
