import express, { type NextFunction, type Request, type Response, type Router } from "express";
import { Guard } from "../web/guard.ts";
import type { Emulation } from "../emulation.ts";
import { sessionSealer } from "../perform.ts";
import { runningInstance, type RunningInstance } from "./instance.ts";
import { metadataItems } from "./metadata-items.ts";
import type { ServiceSessions } from "./service-sessions.ts";

const TTL_HEADER = "X-aws-ec2-metadata-token-ttl-seconds";
const TOKEN_HEADER = "X-aws-ec2-metadata-token";
const MAXIMUM_TTL = 6 * 60 * 60;

const OFF =
  "There is no instance metadata: the emulator speaks for no instance profile. Start it with --instance-profile NAME, " +
  'or POST {"instanceProfile": "NAME"} to /_emulator/instance-metadata.\n';

/** What a metadata token seals. */
interface MetadataToken {
  readonly kind: "instance-metadata";
  readonly instanceId: string;
  /** Milliseconds. */
  readonly expiresAt: number;
}

/** The metadata service refuses with a status that says everything. */
class MetadataError extends Error {
  readonly status: number;

  constructor(status: number, title: string) {
    super(title);
    this.status = status;
  }
}

/**
 * The EC2 instance metadata service, version 2 only, below /latest: an unchanged application that looks for it at
 * AWS_EC2_METADATA_SERVICE_ENDPOINT gets the credentials of the instance profile's role (EC2 User Guide, "Use instance
 * metadata"). Without an instance profile there is no such service, and every answer is a 404.
 */
export function instanceMetadata(emulation: Emulation, sessions: ServiceSessions): Router {
  const { clock, store } = emulation;
  const router = express.Router();
  const guard = new Guard(emulation);

  router.use(({ headers }, response, next) => {
    response.set({ "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
    const reason = guard.whyForeign(headers, { links: true, origins: false });
    if (reason !== undefined) return void response.status(403).type("text").send(`${reason}\n`);
    if (!runningInstance(emulation)) return void response.status(404).type("text").send(OFF);
    next();
  });
  router.put("/api/token", async (request, response) => {
    // A proxy that was left open betrays itself by this header (EC2 User Guide, "How IMDSv2 works").
    if (request.get("X-Forwarded-For") !== undefined) throw new MetadataError(403, "Forbidden");
    const ttl = request.get(TTL_HEADER) ?? "";
    if (!/^\d{1,5}$/.test(ttl) || Number(ttl) < 1 || Number(ttl) > MAXIMUM_TTL) {
      throw new MetadataError(400, "Bad Request");
    }
    const { id: instanceId } = runningInstance(emulation)!;
    const expiresAt = clock.now() + Number(ttl) * 1000;
    const token: MetadataToken = { kind: "instance-metadata", instanceId, expiresAt };
    await store.durable();
    response.set(TTL_HEADER, ttl).type("text").send(sessionSealer(emulation).seal(token));
  });
  router.use(async (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") throw new MetadataError(405, "Method Not Allowed");
    const instance = runningInstance(emulation)!;
    response.set(TTL_HEADER, String(secondsLeft(request.get(TOKEN_HEADER), instance)));
    const found = await lookUp(request.path, instance);
    if (found === undefined) throw new MetadataError(404, "Not Found");
    await store.durable();
    response.type("text").send(typeof found === "string" ? found : JSON.stringify(found, undefined, 2));
  });
  router.use(respondError);
  return router;

  /** Of the token; version 1, which goes without, is refused like a token that has ended or is another instance's. */
  function secondsLeft(text: string | undefined, { id }: RunningInstance): number {
    const token = text === undefined ? undefined : (sessionSealer(emulation).open(text) as MetadataToken | undefined);
    const isValid = token?.kind === "instance-metadata" && token.instanceId === id && token.expiresAt > clock.now();
    if (!isValid) throw new MetadataError(401, "Unauthorized");
    return Math.ceil((token.expiresAt - clock.now()) / 1000);
  }

  /** An item, or what there is in a folder, one a line; a slash at the end of the path is nobody's concern. */
  async function lookUp(path: string, instance: RunningInstance): Promise<unknown> {
    const items = metadataItems(instance, emulation, sessions);
    const parts = path.split("/").filter((part) => part !== "");
    const item = items.get(parts.join("/"));
    if (item) return await item();
    const folder = parts.map((part) => `${part}/`).join("");
    const inside = [...items.keys()].filter((name) => name.startsWith(folder));
    const names = inside.map((name) => name.slice(folder.length).replace(/\/.*/, "/"));
    return names.length === 0 ? undefined : [...new Set(names)].join("\n");
  }
}

/** Express knows an error handler by its four parameters. */
function respondError(cause: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) return next(cause);
  const isRefusal = cause instanceof MetadataError;
  if (!isRefusal) console.error("iam-local: a request for instance metadata failed inside:", cause);
  const { status, message } = isRefusal ? cause : new MetadataError(500, "Internal Server Error");
  const title = `${status} - ${message}`;
  response
    .status(status)
    .type("html")
    .send(
      `<?xml version="1.0" encoding="iso-8859-1"?>
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${title}</title>
 </head>
 <body>
  <h1>${title}</h1>
 </body>
</html>
`,
    );
}
