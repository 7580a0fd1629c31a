import { outboundFederations } from "../../data/entities/accounts.ts";
import { generateKeys, installKeys, publishedKeys } from "../../handlers/token-signing-keys.ts";
import type { Emulation } from "../emulation.ts";
import { NotFound } from "../web/errors.ts";
import { accountId, jsonObject, optionalString } from "../web/input.ts";
import type { Routes } from "../web/routes.ts";

/**
 * `/_emulator/token-signing-keys/rotate`: AWS rotates the keys of its tokens at times of its choice; here a test
 * chooses.
 */
export function tokenSigningKeyRoutes({ store, clock, options }: Emulation): Routes {
  return {
    "/token-signing-keys/rotate": {
      async POST(request) {
        const account = accountId(optionalString(jsonObject(request, ["account"]), "account"), options.account);
        const keys = await generateKeys();
        return store.transact((tx) => {
          if (!tx.get(outboundFederations, account)) {
            throw NotFound(`Outbound identity federation has never been enabled for account ${account}.`);
          }
          const now = clock.now();
          installKeys(account, keys, { tx, now });
          return { account, jwks: publishedKeys(account, { tx, now }) };
        });
      },
    },
  };
}
