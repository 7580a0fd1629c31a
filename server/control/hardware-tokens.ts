import type { Request } from "express";
import { addHardwareTokens, listHardwareTokens, type NewHardwareToken } from "../../handlers/mfa/hardware-tokens.ts";
import { readSeedList } from "../../handlers/mfa/seed-lists.ts";
import type { Emulation } from "../emulation.ts";
import { bodyText, json, knownMembers, optionalNumber, optionalString } from "./input.ts";
import type { Routes } from "./routes.ts";

/** `/_emulator/hardware-tokens`: minting tokens, one or a JSON list of them, and importing a vendor's list of seeds. */
export function hardwareTokenRoutes({ store, random }: Emulation): Routes {
  const add = (tokens: readonly NewHardwareToken[]) =>
    store.transact((tx) => addHardwareTokens(tokens, { tx, random }));
  return {
    "/hardware-tokens": {
      GET: () => ({ tokens: store.transact((tx) => listHardwareTokens({ tx })) }),
      async POST(request) {
        if (isSeedList(request)) return { tokens: add(await readSeedList(bodyText(request))) };
        const body = json(request) ?? {};
        if (Array.isArray(body)) return { tokens: add(body.map(toToken)) };
        return add([toToken(body)])[0];
      },
    },
  };
}

/** A vendor's file is told by its content type; whether it is CSV or PSKC, by what is in it. */
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
