import type { ServiceApi, ServiceOperations } from "../catalog/service-operations.ts";
import type { ServiceRequest } from "./call.ts";
import { ambiguous, CannotMap } from "./cannot-map.ts";
import { readCborObject } from "./cbor-body.ts";
import type { Headers } from "./headers.ts";
import { readJsonObject } from "./json-body.ts";
import { ofOperation } from "./members.ts";
import { fromSqsQuery, queryInput, queryParameters } from "./query-body.ts";
import { readRest } from "./rest.ts";
import type { Name, Wire } from "./rule.ts";
import type { Target } from "./target.ts";

/** Reads a request of any service but S3. Throws CannotMap, also where a request could be of two protocols or operations. */
export function readWire(
  request: ServiceRequest,
  headers: Headers,
  target: Target,
  catalogue: ServiceOperations,
  name: Name,
): Wire {
  const encoding = headers.get("content-encoding");
  if (encoding !== undefined && !/^(?:identity|aws-chunked)?$/i.test(encoding)) {
    throw new CannotMap(`The gate does not read bodies that are encoded as ${encoding}.`);
  }
  if (catalogue.protocol === "rest-json") return readRest(request, headers, target, catalogue, name);
  const named = headers.get("x-amz-target");
  const rpc = RPC_PATH.exec(target.path);
  if (rpc) return readRpc(request, headers, rpc, catalogue, name);
  if (headers.has("smithy-protocol")) throw ambiguous("its header smithy-protocol does not go with its path");
  if (named !== undefined) return readJson(request, headers, target, named, catalogue, name);
  return readQuery(request, headers, target, catalogue, name);
}

const RPC_PATH = /^\/service\/(\w+)\/operation\/(\w+)$/;
const JSON_TYPE = /^application\/x-amz-json-1\.[01]\s*(?:;\s*charset=utf-8\s*)?$/i;
/** The older of two ways of sending CBOR, which the Kinesis clients have: as JSON otherwise. */
const CBOR_TYPE = /^application\/x-amz-cbor-1\.[01]$/i;

function readJson(
  { method, body }: ServiceRequest,
  headers: Headers,
  { path, query }: Target,
  named: string,
  catalogue: ServiceOperations,
  name: Name,
): Wire {
  const dot = named.lastIndexOf(".");
  const operation = named.slice(dot + 1);
  const type = headers.get("content-type") ?? "";
  const cbor = CBOR_TYPE.test(type);
  const api = catalogue.apis.find(({ target }) => target === named.slice(0, dot));
  if (!api) throw ambiguous(`its X-Amz-Target, ${named.slice(0, 256)}, is not of the service that it was signed for`);
  name(operation, cbor ? "cbor" : "json");
  mustHave(catalogue, api, operation);
  if (method !== "POST" || path !== "/") throw ambiguous("it has an X-Amz-Target and is no POST to /");
  if ([...query.keys()].some((one) => !/^X-Amz-/i.test(one))) {
    throw ambiguous("it has parameters in its query beside an X-Amz-Target");
  }
  if (!cbor && !JSON_TYPE.test(type)) throw ambiguous(`its type, ${type}, does not go with its X-Amz-Target`);
  return { operation, input: ofOperation(catalogue, operation, cbor ? readCborObject(body) : readJsonObject(body)) };
}

function readRpc(
  { method, body }: ServiceRequest,
  headers: Headers,
  [, service, operation]: RegExpExecArray,
  catalogue: ServiceOperations,
  name: Name,
): Wire {
  const api = catalogue.apis.find(({ target }) => target === service);
  if (!api) throw ambiguous(`its path names ${service}, which is not of the service that it was signed for`);
  name(operation!, "cbor");
  mustHave(catalogue, api, operation!);
  const type = headers.get("content-type") ?? "application/cbor";
  if (method !== "POST" || headers.get("smithy-protocol") !== "rpc-v2-cbor" || type !== "application/cbor") {
    throw ambiguous("its method, smithy-protocol or type does not go with its path");
  }
  if (headers.has("x-amz-target")) throw ambiguous("it has an X-Amz-Target beside an operation in its path");
  return { operation: operation!, input: ofOperation(catalogue, operation!, readCborObject(body)) };
}

function readQuery(
  { method, body }: ServiceRequest,
  headers: Headers,
  target: Target,
  catalogue: ServiceOperations,
  name: Name,
): Wire {
  const parameters = queryParameters(target, headers, body);
  const operation = parameters.get("Action");
  if (operation === undefined) throw new CannotMap("The request names no operation.");
  const version = parameters.get("Version");
  const api = catalogue.apis.find((one) => one.query && (version === undefined || one.version === version));
  if (!api) throw new CannotMap(`${catalogue.prefix} does not speak the Query protocol, or not version ${version}.`);
  name(operation, catalogue.protocol === "ec2" ? "ec2" : "query");
  mustHave(catalogue, api, operation);
  if (method !== "POST" && method !== "GET") throw ambiguous("it names an operation and is neither GET nor POST");
  const sent = queryInput(parameters);
  const input = ofOperation(catalogue, operation, catalogue.prefix === "sqs" ? fromSqsQuery(operation, sent) : sent);
  // A queue may be named by the path alone.
  if (target.path === "/") return { operation, input };
  if (catalogue.prefix !== "sqs") throw ambiguous("it names an operation and is not sent to /");
  return { operation, input: { ...input, QueuePath: target.path } };
}

/** Throws CannotMap for an operation that the service does not have, or that is not known. */
function mustHave({ full, prefix }: ServiceOperations, { operations }: ServiceApi, operation: string): void {
  if (!Object.hasOwn(operations, operation)) {
    throw new CannotMap(
      full
        ? `${prefix} has no operation ${operation.slice(0, 128)} that the gate knows.`
        : `The gate cannot tell what ${operation.slice(0, 128)} of ${prefix} acts on.`,
    );
  }
}
