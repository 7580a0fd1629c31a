import { failuresOf, sentence, type Failure } from "../validate.ts";
import type { Shape, Structure } from "../api/model.ts";
import { Refused } from "../gate/refusals.ts";

/** What a refusal of an input says is wrong (evidence: access-analyzer-errors-modelled). */
type Reason = "cannotParse" | "fieldValidationFailed" | "other";

/** Access Analyzer's refusal of an input; `fields` are the members that are wrong. */
export function invalidInput(
  message: string,
  reason: Reason,
  fields: readonly { readonly name: string; readonly message: string }[] = [],
): Refused {
  const members = { reason, ...(fields.length > 0 && { fieldList: fields }) };
  return new Refused({ code: "ValidationException", status: 400, message, members });
}

/**
 * The input of an operation: the members of the body, and those of the query string. Throws Refused: ValidationException. A member of
 * another type than the model's is told as a body that cannot be parsed.
 */
export function readInput(structure: Structure, target: string, body: Buffer): object {
  const input: Record<string, unknown> = { ...inQuery(target), ...inBody(body) };
  const read = Object.fromEntries(
    structure.members
      .filter(({ name }) => input[name] !== undefined && input[name] !== null)
      .map(({ name, shape }) => [name, ofShape(input[name], shape, name)]),
  );
  const failures = failuresOf(structure, read);
  if (failures.length > 0) throw invalidInput(sentence(failures, false), "fieldValidationFailed", failures.map(field));
  return read;
}

const field = ({ path, rule }: Failure) => ({ name: path, message: rule });

function inQuery(target: string): object {
  const [, query = ""] = target.split("?", 2);
  const parameters = new URLSearchParams(query);
  const maxResults = parameters.get("maxResults");
  const nextToken = parameters.get("nextToken");
  return {
    ...(maxResults !== null && { maxResults: /^-?\d{1,9}$/.test(maxResults) ? Number(maxResults) : maxResults }),
    ...(nextToken !== null && { nextToken }),
  };
}

function inBody(body: Buffer): object {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString("utf8"));
  } catch {
    throw invalidInput("The body is not JSON.", "cannotParse");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw invalidInput("The body is no JSON object.", "cannotParse");
}

/** The value with the members that its shape has. */
function ofShape(value: any, shape: Shape, name: string): unknown {
  switch (shape.type) {
    case "list":
      if (!Array.isArray(value)) throw wrongType(name, "a list");
      return value.map((item) => ofShape(item, shape.of, name));
    case "structure":
      if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(name, "an object");
      return Object.fromEntries(
        shape.of.members
          .filter((member) => value[member.name] !== undefined && value[member.name] !== null)
          .map((member) => [member.name, ofShape(value[member.name], member.shape, member.name)]),
      );
    case "integer":
      if (!Number.isInteger(value)) throw wrongType(name, "an integer");
      return value;
    default:
      if (typeof value !== "string") throw wrongType(name, "a text");
      return value;
  }
}

const wrongType = (name: string, type: string): Refused =>
  invalidInput(`The value of ${name} must be ${type}.`, "cannotParse");
