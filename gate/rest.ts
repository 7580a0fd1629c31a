import type { ApiOperation, ServiceOperations } from "../catalog/service-operations.ts";
import type { ServiceRequest } from "./call.ts";
import { ambiguous, CannotMap } from "./cannot-map.ts";
import type { Headers } from "./headers.ts";
import { readJsonObject } from "./json-body.ts";
import { ofOperation } from "./members.ts";
import type { Name, Wire } from "./rule.ts";
import { decodePath, type Target } from "./target.ts";

/** A binding of the REST protocol: method, segments of the path, and a parameter that the query must have. */
interface Binding {
  readonly operation: string;
  readonly method: string;
  readonly segments: readonly string[];
  readonly parameter: readonly [string, string] | undefined;
  /** The other parameters that its query may have. */
  readonly query: readonly string[];
}

const compiled = new WeakMap<ServiceOperations, readonly Binding[]>();

/** Those that ask for more come first. */
function bindingsOf(catalogue: ServiceOperations): readonly Binding[] {
  let bindings = compiled.get(catalogue);
  if (!bindings) {
    bindings = catalogue.apis
      .flatMap(({ operations }) => Object.entries(operations).map(([name, binding]) => bindingOf(name, binding)))
      .toSorted((a, b) => weight(b) - weight(a));
    compiled.set(catalogue, bindings);
  }
  return bindings;
}

const weight = ({ segments, parameter }: Binding) =>
  (parameter ? 1 : 0) + 2 * segments.filter((segment) => !isVariable(segment)).length;

function bindingOf(operation: string, { http = "", query: parameters = [] }: ApiOperation): Binding {
  const [method, uri] = http.split(" ") as [string, string];
  const [path, query] = uri.split("?") as [string, string?];
  const [name, value = ""] = query?.split("=") ?? [];
  const parameter = name === undefined ? undefined : ([name, value] as const);
  return { operation, method, segments: segmentsOf(path), parameter, query: parameters };
}

/** A `/` at the end does not count: some clients send it. */
const segmentsOf = (path: string): readonly string[] => path.replace(/\/$/, "").split("/").slice(1);
const isVariable = (segment: string) => segment.startsWith("{");

/** Operations whose body is handed on as it is. */
const WITH_PAYLOAD: ReadonlySet<string> = new Set(["Invoke", "InvokeAsync", "InvokeWithResponseStream"]);
/** Variables that are ARNs with a `/` in them. */
const WITH_SLASH: ReadonlySet<string> = new Set(["{DurableExecutionArn}"]);

/** Reads a request of REST and JSON: the operation by method and path, the input from path, query and body. Throws CannotMap. */
export function readRest(
  { method, body }: ServiceRequest,
  headers: Headers,
  { path, query }: Target,
  catalogue: ServiceOperations,
  name: Name,
): Wire {
  if (headers.has("x-amz-target") || query.has("Action"))
    throw ambiguous("it names an operation as another protocol would");
  const segments = segmentsOf(path);
  const binding = bindingsOf(catalogue).find((one) => one.method === method && fits(one, segments, query));
  if (!binding)
    throw new CannotMap(`${catalogue.prefix} has no operation at ${method} ${path.slice(0, 256)} that the gate knows.`);
  const { operation } = binding;
  name(operation, "rest-json");
  const variables = binding.segments.flatMap((segment, place) =>
    isVariable(segment) ? [[segment.slice(1, -1), variable(segment, segments[place]!)] as const] : [],
  );
  const parameters = [...query].filter(([one]) => !/^X-Amz-/i.test(one) && one !== binding.parameter?.[0]);
  const unknown = parameters.find(([one]) => !binding.query.includes(one));
  if (unknown) throw new CannotMap(`${operation} has no parameter ${unknown[0].slice(0, 128)} that the gate knows.`);
  const members = WITH_PAYLOAD.has(operation) ? {} : ofOperation(catalogue, operation, readJsonObject(body));
  return { operation, input: { ...members, ...Object.fromEntries(parameters), ...Object.fromEntries(variables) } };
}

function fits({ segments, parameter }: Binding, sent: readonly string[], query: Target["query"]): boolean {
  return (
    segments.length === sent.length &&
    segments.every((segment, place) => (isVariable(segment) ? sent[place] !== "" : segment === sent[place])) &&
    (parameter === undefined || query.get(parameter[0]) === parameter[1])
  );
}

function variable(name: string, segment: string): string {
  const value = decodePath(segment);
  if (/^\.{1,2}$/.test(value) || (value.includes("/") && !WITH_SLASH.has(name)) || value.includes("\\")) {
    throw ambiguous("its path has an escaped `/` or a segment of dots");
  }
  return value;
}
