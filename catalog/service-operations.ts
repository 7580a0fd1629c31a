import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** The operations of a service and what IAM asks for them: of the named services all, of others those that act on nothing that has a name. */
export interface ServiceOperations {
  /** As in the names of its actions. */
  readonly prefix: string;
  readonly protocol: "ec2" | "json" | "query" | "rest-json" | "s3";
  /** Whether all of its operations are here. */
  readonly full: boolean;
  readonly apis: readonly ServiceApi[];
  /** By the names of their types: ARNs with variables, such as `arn:${Partition}:s3:::${BucketName}`. Absent where not `full`. */
  readonly types?: Readonly<Record<string, string>>;
  readonly actions: Readonly<Record<string, OperationAction>>;
}

export interface ServiceApi {
  /** Such as `2012-08-10`. */
  readonly version: string;
  /** What X-Amz-Target begins with, and the service's name in paths of Smithy's RPC protocol. */
  readonly target?: string;
  /** Whether it speaks the Query protocol, if not alone. */
  readonly query?: true;
  readonly operations: Readonly<Record<string, ApiOperation>>;
}

/** Of services that are not `full`, nothing is known but the name. */
export interface ApiOperation {
  /** Of its input; for REST those in the body. */
  readonly members?: readonly string[];
  /** For REST: method and path with variables, such as `GET /functions/{FunctionName}`. */
  readonly http?: string;
  /** For REST: the parameters that its query may have. */
  readonly query?: readonly string[];
}

export interface OperationAction {
  /** Condition keys that it knows, as the reference spells them: `aws:RequestTag/${TagKey}`. */
  readonly keys?: readonly string[];
  /** The types of what it acts on, and whether it always needs one. */
  readonly types?: Readonly<Record<string, 0 | 1>>;
}

// Read when first asked for: only the gate needs it.
let services: Readonly<Record<string, ServiceOperations>> | undefined;

/** The service that scopes of signatures name so, such as `dynamodb` or `monitoring`. */
export function serviceOperations(scope: string): ServiceOperations | undefined {
  services ??= JSON.parse(
    gunzipSync(readFileSync(new URL("./service-operations.json.gz", import.meta.url))).toString("utf8"),
  ) as Record<string, ServiceOperations>;
  return Object.hasOwn(services, scope) ? services[scope] : undefined;
}
