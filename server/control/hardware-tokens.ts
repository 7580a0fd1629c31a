import type { Request } from "express";
import {
  addHardwareTokens,
  deleteHardwareToken,
  listHardwareTokens,
  type NewHardwareToken,
} from "../../handlers/mfa/hardware-tokens.ts";
import { readSeedList } from "../../handlers/mfa/seed-lists.ts";
import type { Emulation } from "../emulation.ts";
import { InvalidRequest } from "../web/errors.ts";
import { bodyText, json, knownMembers, optionalNumber, optionalString } from "../web/input.ts";
import { asks, type Routes } from "../web/routes.ts";

/**
 * `/_emulator/hardware-tokens`: mints tokens (one, or a JSON list), imports a vendor's list of seeds, and deletes
 * tokens.
 */
export function hardwareTokenRoutes({ store, random }: Emulation): Routes {
  const add = (tokens: readonly NewHardwareToken[]) =>
    store.transact((tx) => addHardwareTokens(tokens, { tx, random }));
  return {
    "/hardware-tokens": {
      GET: () => ({ tokens: store.read((tx) => listHardwareTokens({ tx })) }),
      async POST(request) {
        if (isSeedList(request)) return { tokens: await add(await readSeedList(bodyText(request))) };
        const body = json(request) ?? {};
        if (Array.isArray(body)) return { tokens: await add(body.map(toToken)) };
        return (await add([toToken(body)]))[0];
      },
      DELETE: asks(["serialNumber"], async ({ serialNumber }) => {
        if (!serialNumber) throw InvalidRequest("Say which token: /_emulator/hardware-tokens?serialNumber=…");
        await store.transact((tx) => deleteHardwareToken(serialNumber, { tx }));
        return { deleted: serialNumber };
      }),
    },
  };
}

/** A vendor's file is recognised by its content type; whether it is CSV or PSKC, by its content. */
const isSeedList = (request: Request): boolean =>
  Boolean(request.is(["text/csv", "text/xml", "application/xml", "+xml"]));

function toToken(value: unknown): NewHardwareToken {
  const body = knownMembers(value, ["serialNumber", "base32Seed", "offsetSeconds"]);
  return {
    serialNumber: optionalString(body, "serialNumber"),
    base32Seed: optionalString(body, "base32Seed"),
    offsetSeconds: optionalNumber(body, "offsetSeconds"),
  };
}
