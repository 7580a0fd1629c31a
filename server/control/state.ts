import type { Emulation } from "../emulation.ts";
import type { Reset } from "../reset.ts";
import { SeedError } from "../seed/seed-error.ts";
import { snapshotsOf } from "../snapshots.ts";
import { InvalidRequest } from "../web/errors.ts";
import { bodyText, jsonObject, requiredString } from "../web/input.ts";
import { asks, type Routes } from "../web/routes.ts";

/** `/_emulator/reset`, `/seed` and `/snapshots`: the state as a whole, for tests to start from. */
export function stateRoutes(emulation: Emulation, reset: Reset): Routes {
  return {
    "/reset": {
      body: "unread",
      POST: asks(["account"], async ({ account }) => {
        await reset(account).catch(refusedSeed);
        return { reset: true, ...(account !== undefined && { account }) };
      }),
    },
    "/seed": {
      async POST(request) {
        const text = bodyText(request);
        if (text.trim() === "") throw InvalidRequest("Send the seed as the body, in YAML or JSON.");
        const { readSentSeed } = await import("../seed/seed.ts");
        await readSentSeed(text, emulation.options.account)
          .then((seed) => seed.add(emulation))
          .catch(refusedSeed);
        return { seeded: true };
      },
    },
    "/snapshots": {
      GET: () => ({ snapshots: snapshotsOf(emulation).list() }),
      POST: (request) => snapshotsOf(emulation).take(requiredString(jsonObject(request, ["name"]), "name"), emulation),
    },
    "/snapshots/:name": {
      DELETE({ params }) {
        const name = String(params["name"]);
        snapshotsOf(emulation).delete(name, emulation);
        return { deleted: name };
      },
    },
    "/snapshots/:name/restore": {
      POST: ({ params }) => snapshotsOf(emulation).restore(String(params["name"]), emulation),
    },
  };
}

function refusedSeed(cause: unknown): never {
  throw cause instanceof SeedError ? InvalidRequest(cause.message) : cause;
}
