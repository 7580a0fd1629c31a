import { decisionReport } from "../../handlers/decision-report.ts";
import type { AccessContext } from "../../handlers/operation.ts";
import { encodeAuthorizationMessage } from "../../handlers/sts/authorization-messages.ts";
import { refuseSessionAtIam } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { answerQuestion, contextFrom, isActionName, resourcePolicyFrom } from "../question.ts";
import { sessionSealer } from "../perform.ts";
import { InvalidRequest } from "../web/errors.ts";
import { jsonObject, optionalString, requiredString } from "../web/input.ts";
import { callerNamed, callerOfToken } from "./principals.ts";
import type { Routes } from "../web/routes.ts";

const MEMBERS = ["principal", "sessionToken", "action", "resource", "context", "resourcePolicy"];

/** `/_emulator/authorize`: whether a principal may do something, and why, for other services on this machine. */
export function authorizeRoutes(emulation: Emulation): Routes {
  const { store, clock, options } = emulation;
  return {
    "/authorize": {
      POST(request) {
        const body = jsonObject(request, MEMBERS);
        const { principal } = body;
        const sessionToken = optionalString(body, "sessionToken");
        if ((principal === undefined) === (sessionToken === undefined)) {
          throw InvalidRequest("Exactly one of principal and sessionToken must be given.");
        }
        const action = requiredString(body, "action");
        if (!isActionName(action)) throw InvalidRequest('action must be such as "s3:GetObject".');
        const arn = optionalString(body, "resource") ?? "*";
        const keys = contextFrom(body["context"] ?? {});
        const resourcePolicy = resourcePolicyFrom(body["resourcePolicy"]);
        return store.read((tx) => {
          const caller =
            sessionToken === undefined
              ? callerNamed(principal, tx, emulation)
              : callerOfToken(sessionToken, tx, emulation);
          if (/^iam:/i.test(action)) refuseSessionAtIam(caller);
          const context: AccessContext = {
            tx,
            caller,
            account: caller.account,
            now: clock.now(),
            request: { id: "", sourceIp: request.ip ?? "", userAgent: "", region: options.region, secure: false },
          };
          const made = answerQuestion({ action, resource: arn, keys, resourcePolicy }, context);
          const { allowed } = made.decision;
          const encodedMessage = allowed
            ? undefined
            : encodeAuthorizationMessage(made, caller, sessionSealer(emulation));
          return {
            allowed,
            ...decisionReport(made),
            ...(made.denial !== undefined && { message: made.denial }),
            ...(encodedMessage !== undefined && { encodedMessage }),
          };
        });
      },
    },
  };
}
