import type { Request } from "express";
import type { Emulation } from "../emulation.ts";
import type { GateHead, Passage } from "../gate/engine.ts";
import { errorFrom, refusalMessage, verdictMessage, type BodyRefusedMessage } from "../gate/messages.ts";
import { InvalidRequest } from "../web/errors.ts";
import { jsonObject, knownMembers, optionalNumber, optionalString, requiredString } from "../web/input.ts";
import type { Methods, Routes } from "../web/routes.ts";

/** A body of 16 MB in base64, and what is around it. */
const LARGE: Pick<Methods, "body"> = { body: { type: "any text", limit: "24mb" } };

/** `/_emulator/gate/…`: what a gate in a process of its own asks and tells, since secrets, state, clock and trail are here. */
export function gateRoutes(emulation: Emulation): Routes {
  // Loaded when the first gate asks: few emulators have one.
  const engineOf = async (unmapped: "pass" | "refuse") =>
    (await import("../gate/local-engine.ts")).localEngine(emulation, { unmapped });
  return {
    "/gate/decide": {
      ...LARGE,
      async POST(request) {
        const body = jsonObject(request, ["head", "body", "unmapped"]);
        const mode = body["unmapped"] === "pass" ? "pass" : "refuse";
        return verdictMessage(await (await engineOf(mode)).decide(headFrom(body["head"]), bytes(body)));
      },
    },
    "/gate/completed": {
      ...LARGE,
      async POST(request) {
        const body = jsonObject(request, ["requestId", "status", "body"]);
        const given = bytes(body);
        const answer = given && { headers: {}, body: given };
        const engine = await engineOf("refuse");
        await engine.completed(passageNamed(body), optionalNumber(body, "status"), answer);
        return {};
      },
    },
    "/gate/body-refused": {
      async POST(request: Request) {
        const { call, error, ...rest } = jsonObject(request, ["requestId", "call", "error"]);
        const { service, operation, protocol } = (call ?? {}) as Passage["call"];
        if ([service, operation, protocol].some((text) => typeof text !== "string"))
          throw InvalidRequest("call is missing.");
        const passage = { ...passageNamed(rest), call: { service, operation, protocol } };
        const cause = errorFrom((error ?? { message: "" }) as BodyRefusedMessage["error"]);
        return refusalMessage(await (await engineOf("refuse")).bodyRefused(passage, cause));
      },
    },
  };
}

/** All that the engine reads of a passage is its id: what the id stands for it has kept itself. */
const passageNamed = (body: Readonly<Record<string, unknown>>): Passage => ({
  kind: "pass",
  requestId: requiredString(body, "requestId"),
  call: { service: "", operation: "", protocol: "json" },
  account: undefined,
  region: "",
  body: { kind: "unsigned" },
  decision: "",
});

function headFrom(value: unknown): GateHead {
  const members = ["method", "target", "rawHeaders", "sourceIp", "secure", "userAgent"];
  const head = knownMembers(value, members, "head");
  const { rawHeaders, secure } = head;
  if (
    !Array.isArray(rawHeaders) ||
    rawHeaders.length % 2 === 1 ||
    rawHeaders.some((text) => typeof text !== "string")
  ) {
    throw InvalidRequest("head.rawHeaders must be a list of names and values.");
  }
  return {
    method: requiredString(head, "method"),
    target: requiredString(head, "target"),
    rawHeaders: rawHeaders as string[],
    sourceIp: requiredString(head, "sourceIp"),
    secure: secure === true,
    userAgent: requiredString(head, "userAgent"),
  };
}

function bytes(body: Readonly<Record<string, unknown>>): Buffer | undefined {
  const text = optionalString(body, "body");
  return text === undefined ? undefined : Buffer.from(text, "base64");
}
