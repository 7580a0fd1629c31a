import { STATUS_CODES } from "node:http";
import type { Emulation } from "../emulation.ts";
import { sessionSealer } from "../perform.ts";
import { Answer, type Headers } from "../web/answer.ts";
import { WebError, webError } from "../web/errors.ts";
import type { Failure } from "../web/failure.ts";
import type { Site } from "../web/site.ts";
import { hasInstance, runningInstance, type RunningInstance } from "./instance.ts";
import { metadataItems } from "./metadata-items.ts";
import type { ServiceSessions } from "./service-sessions.ts";

const TTL_HEADER = "X-aws-ec2-metadata-token-ttl-seconds";
const TOKEN_HEADER = "X-aws-ec2-metadata-token";
const MAXIMUM_TTL = 6 * 60 * 60;

const InstanceMetadataOff = webError("InstanceMetadataOff", 404);
const OFF =
  "There is no instance metadata: the emulator speaks for no instance profile. Start it with --instance-profile NAME, " +
  'or POST {"instanceProfile": "NAME"} to /_emulator/instance-metadata.';

/** What a metadata token seals. */
interface MetadataToken {
  readonly kind: "instance-metadata";
  readonly instanceId: string;
  /** Milliseconds. */
  readonly expiresAt: number;
}

/** The metadata service refuses with a bare status. */
class MetadataError extends WebError {
  constructor(status: number) {
    super("MetadataError", status, STATUS_CODES[status]!);
  }
}

/**
 * The EC2 instance metadata service below /latest, version 2 only: an unchanged application that looks for it at
 * AWS_EC2_METADATA_SERVICE_ENDPOINT gets the credentials of the instance profile's role (EC2 User Guide, "Use instance
 * metadata"). Without an instance profile there is no such service, and every answer is a 404.
 */
export function instanceMetadata(emulation: Emulation, sessions: ServiceSessions): Site {
  const { clock } = emulation;
  return {
    admit() {
      if (!hasInstance(emulation)) throw InstanceMetadataOff(OFF);
    },
    routes: {
      "/api/token": {
        async PUT(request) {
          // This header shows that the request came through an open proxy (EC2 User Guide, "How IMDSv2 works").
          if (request.get("X-Forwarded-For") !== undefined) throw new MetadataError(403);
          const ttl = request.get(TTL_HEADER) ?? "";
          if (!/^\d{1,5}$/.test(ttl) || Number(ttl) < 1 || Number(ttl) > MAXIMUM_TTL) throw new MetadataError(400);
          const { id: instanceId } = (await runningInstance(emulation))!;
          const expiresAt = clock.now() + Number(ttl) * 1000;
          const token: MetadataToken = { kind: "instance-metadata", instanceId, expiresAt };
          return Answer.of("text", sessionSealer(emulation).seal(token), 200, { [TTL_HEADER]: ttl });
        },
      },
      "/{*path}": {
        async GET(request) {
          const instance = (await runningInstance(emulation))!;
          const ttl = String(secondsLeft(request.get(TOKEN_HEADER), instance));
          const found = await lookUp(request.path, instance);
          if (found === undefined) return errorPage(404, { [TTL_HEADER]: ttl });
          const text = typeof found === "string" ? found : JSON.stringify(found, undefined, 2);
          return Answer.of("text", text, 200, { [TTL_HEADER]: ttl });
        },
      },
    },
    missing: () => new MetadataError(405),
    refuse,
  };

  /**
   * How long the token is still valid. A request without a token (version 1) is refused like one whose token has
   * expired or is another instance's.
   */
  function secondsLeft(text: string | undefined, { id }: RunningInstance): number {
    const token = text === undefined ? undefined : (sessionSealer(emulation).open(text) as MetadataToken | undefined);
    const isValid = token?.kind === "instance-metadata" && token.instanceId === id && token.expiresAt > clock.now();
    if (!isValid) throw new MetadataError(401);
    return Math.ceil((token.expiresAt - clock.now()) / 1000);
  }

  /** An item, or the entries of a folder, one per line. A slash at the end of the path has no effect. */
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

/** The service gives no reasons; only the emulator's own refusals do. */
function refuse({ status, message, cause }: Failure): Answer {
  const isOurs = cause instanceof WebError && !(cause instanceof MetadataError);
  return isOurs ? Answer.of("text", `${message}\n`, status) : errorPage(status);
}

function errorPage(status: number, headers: Headers = {}): Answer {
  const title = `${status} - ${STATUS_CODES[status]}`;
  return Answer.of(
    "html",
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
    status,
    headers,
  );
}
