import type { Emulation } from "../emulation.ts";
import type { Reset } from "../reset.ts";
import { containerRoutes } from "../credentials/container.ts";
import { instanceRoutes } from "../credentials/instance.ts";
import { health, healthStatus } from "../health.ts";
import { Answer } from "../web/answer.ts";
import { MethodNotAllowed, NotFound, webError } from "../web/errors.ts";
import { jsonError } from "../web/failure.ts";
import type { Site } from "../web/site.ts";
import { authorizeRoutes } from "./authorize.ts";
import { clockRoutes } from "./clock.ts";
import { delegationRoutes } from "./delegation.ts";
import { gateRoutes } from "./gate.ts";
import { hardwareTokenRoutes } from "./hardware-tokens.ts";
import { issuerRoutes } from "./issuers.ts";
import { mfaRoutes } from "./mfa.ts";
import { smsRoutes } from "./sms.ts";
import { stateRoutes } from "./state.ts";
import { organizationRoutes } from "./organization.ts";
import { tokenSigningKeyRoutes } from "./token-signing-keys.ts";
import { trailRoutes } from "./trail.ts";
import { transferRoutes } from "./transfer.ts";

const ControlPlaneOff = webError("ControlPlaneOff", 404);

/**
 * Everything below /_emulator: queries and commands of tests and tools, as JSON. Errors are `{"error": {"code",
 * "message"}}` with a 4xx status. With `control` off, only health answers.
 */
export function controlPlane(emulation: Emulation, reset: Reset): Site {
  const { options, clock } = emulation;
  return {
    // Large enough for seed lists of ten thousand tokens.
    body: { type: "any text", limit: "4mb" },
    refusesUnknownParameters: true,
    admit({ path }) {
      if (options.control || path === "/health") return;
      throw ControlPlaneOff("The control plane is off; the emulator was started with --no-control.");
    },
    routes: {
      "/health": {
        body: "unread",
        anyParameters: true,
        afterFailure: true,
        GET({ query }) {
          const asked = query["ready"] === undefined ? "lives" : "is ready";
          return Answer.json(health(emulation), healthStatus(emulation, asked));
        },
      },
      ...stateRoutes(emulation, reset),
      ...clockRoutes(clock),
      ...trailRoutes(emulation),
      ...hardwareTokenRoutes(emulation),
      ...mfaRoutes(emulation),
      ...smsRoutes(emulation),
      ...organizationRoutes(emulation),
      ...delegationRoutes(emulation),
      ...authorizeRoutes(emulation),
      ...gateRoutes(emulation),
      ...transferRoutes(emulation),
      ...containerRoutes(emulation),
      ...instanceRoutes(emulation),
      ...issuerRoutes(emulation),
      ...tokenSigningKeyRoutes(emulation),
    },
    missing({ method, path }, methods) {
      if (methods.length > 0) return MethodNotAllowed(`/_emulator${path} takes ${methods.join(", ")}, not ${method}.`);
      return NotFound(`There is no /_emulator${path}. Paths are listed in docs/control-plane.md.`);
    },
    refuse: jsonError,
  };
}
