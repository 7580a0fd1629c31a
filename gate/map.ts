import { type ServiceOperations, serviceOperations } from "../catalog/service-operations.ts";
import type { Check, Known, MappedCall, Protocol, ServiceRequest, Unmapped } from "./call.ts";
import { CannotMap } from "./cannot-map.ts";
import { actionOf, checksOf, shown } from "./checks.ts";
import { readHeaders } from "./headers.ts";
import { mapS3 } from "./s3/map.ts";
import { SERVICES } from "./services/services.ts";
import { readTarget } from "./target.ts";
import { readWire } from "./wire.ts";
import type { Wire } from "./rule.ts";

/**
 * What a request does, and what its caller must be allowed to do for it; or why that cannot be told, which also goes for
 * requests that the service behind the gate might read in another way. `known` is asked for what requests do not tell.
 */
export function mapCall(request: ServiceRequest, known: Known = {}): MappedCall | Unmapped {
  const { service } = request;
  const catalogue = serviceOperations(service);
  // For the answer, should it come to nothing.
  const call: { service: string; operation: string; protocol: Protocol } = {
    service,
    operation: "",
    protocol: catalogue?.protocol ?? "json",
  };
  try {
    if (!catalogue) throw new CannotMap(`The gate does not know the service ${service}.`);
    const headers = readHeaders(request.rawHeaders);
    const target = readTarget(request.target);
    if (service === "s3") {
      return mapS3(request, headers, target, catalogue, (operation) => (call.operation = operation), known);
    }
    const wire = readWire(request, headers, target, catalogue, (operation, protocol) => {
      call.operation = operation;
      call.protocol = protocol;
    });
    const { operation, protocol } = call;
    return { service, operation, protocol, input: wire.input, checks: checks(request, wire, catalogue, known) };
  } catch (error) {
    if (!(error instanceof CannotMap)) throw error;
    if (call.operation === "") call.operation = nameless(request);
    return { ...call, unmapped: error.message, ...(error.needs && { needs: error.needs }) };
  }
}

function checks(request: ServiceRequest, { operation, input }: Wire, catalogue: ServiceOperations, known: Known) {
  const rules = SERVICES.get(request.service);
  const { region, account } = request;
  if (rules) return checksOf(rules, { operation, input, region, account, known, catalogue });
  return [onNothing(operation, catalogue, region)];
}

/** What an operation of another service asks for, if it acts on nothing that has a name. */
function onNothing(operation: string, catalogue: ServiceOperations, region: string): Check {
  const action = actionOf(catalogue, operation);
  if (!action) throw new CannotMap(`The gate cannot tell what ${operation} of ${catalogue.prefix} acts on.`);
  const names = action.keys ?? [];
  const keys: Record<string, string> = names.includes("ec2:Region") ? { "ec2:Region": region } : {};
  const unknowable = names.filter((name) => !Object.hasOwn(keys, name)).map(shown);
  return { action: `${catalogue.prefix}:${operation}`, resource: "*", keys, unknowable };
}

const nameless = ({ method, target }: ServiceRequest) => `${method} ${target.split("?", 1)[0]!.slice(0, 256)}`;
