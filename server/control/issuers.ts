import { issuerKeySets, type IssuerKeySet } from "../../data/entities/web-identity.ts";
import { readKeySet } from "../../signing/key-set.ts";
import type { Emulation } from "../emulation.ts";
import { InvalidRequest, NotFound } from "../web/errors.ts";
import { jsonObject, requiredString } from "../web/input.ts";
import { asks, type Routes } from "../web/routes.ts";

/**
 * `/_emulator/issuers`: the public keys of OpenID Connect issuers, for issuers that the emulator should not or cannot
 * ask.
 */
export function issuerRoutes({ store, clock }: Emulation): Routes {
  return {
    "/issuers": {
      GET: () => ({ issuers: store.read((tx) => [...tx.list(issuerKeySets, [])].map(shown)) }),
      async PUT(request) {
        const body = jsonObject(request, ["issuer", "jwks"]);
        const keySet = {
          issuer: issuerUrl(requiredString(body, "issuer")),
          keys: keysIn(body["jwks"]),
          setAt: clock.now(),
        };
        await store.transact((tx) => tx.put(issuerKeySets, keySet));
        return shown(keySet);
      },
      DELETE: asks(["issuer"], async ({ issuer }) => {
        if (!issuer) throw InvalidRequest("Say which issuer: /_emulator/issuers?issuer=https%3A%2F%2Fidp.example.com");
        const isDeleted = await store.transact((tx) => tx.delete(issuerKeySets, issuer));
        if (!isDeleted) throw NotFound(`The emulator was given no keys of the issuer ${JSON.stringify(issuer)}.`);
        return { deleted: issuer };
      }),
    },
  };
}

function issuerUrl(text: string): string {
  if (/^https?:\/\/(?!\/)[!-~]+$/.test(text) && !/[?#]/.test(text) && URL.canParse(text)) return text;
  throw InvalidRequest(`issuer must be the URL that tokens name as their iss, not ${JSON.stringify(text)}.`);
}

function keysIn(jwks: unknown): IssuerKeySet["keys"] {
  try {
    return readKeySet(jwks);
  } catch (cause) {
    throw InvalidRequest(`jwks is not accepted: ${(cause as Error).message}.`);
  }
}

const shown = ({ issuer, keys, setAt }: IssuerKeySet) => ({
  issuer,
  jwks: { keys },
  setAt: new Date(setAt).toISOString(),
});
