import { readFileSync } from "node:fs";

// The API of the two services, read once from model.json, which `npm run generate` writes from the AWS SDK's schemas
// and from the constraints. Shapes refer to each other directly; nothing is looked up by name after the start.

/** IAM or STS, by the version of its Query API. */
export interface Service {
  readonly name: "iam" | "sts";
  /** The `Version` parameter: `2010-05-08` (IAM) or `2011-06-15` (STS). */
  readonly version: string;
  /** The XML namespace of answers and errors. */
  readonly namespace: string;
  /** By the `Action` parameter. */
  readonly operations: ReadonlyMap<string, ApiOperation>;
  /** The modelled errors, by code on the wire. */
  readonly errors: ReadonlyMap<string, ApiError>;
}

export interface ApiOperation {
  readonly name: string;
  readonly service: Service;
  /** False for the two operations of STS that take a federated identity's proof instead of a signature. */
  readonly signed: boolean;
  readonly input: Structure;
  /** Absent if the answer has no `<…Result>` element. */
  readonly output: Structure | undefined;
}

export interface ApiError {
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
  /** The SDK's class, such as `NoSuchEntityException`. */
  readonly exception: string;
}

export interface Structure {
  readonly name: string;
  /** In the SDK's order: required members first. */
  readonly members: readonly Member[];
}

export interface Member {
  /** As in the API and the SDK, such as `UserName`. */
  readonly name: string;
  readonly required: boolean;
  readonly shape: Shape;
}

export type Shape = ScalarShape | ListShape | MapShape | StructureShape;

export interface ScalarShape extends Constraints {
  readonly type: "string" | "integer" | "boolean" | "timestamp" | "blob";
}

export interface ListShape extends Constraints {
  readonly type: "list";
  readonly of: Shape;
}

/** Keys are strings. */
export interface MapShape extends Constraints {
  readonly type: "map";
  readonly of: Shape;
}

export interface StructureShape extends Constraints {
  readonly type: "structure";
  readonly of: Structure;
}

/** AWS's constraints on a value at this place in the model. */
export interface Constraints {
  /** The minimum of an integer, or of the length of a string (in UTF-16 units) or list. */
  readonly min?: number;
  readonly max?: number;
  /** A Java regular expression for the whole string, as error messages show it. */
  readonly pattern?: string;
  /** The values of an enumeration, in the order in which error messages show them. */
  readonly enum?: readonly string[];
  /** Whether error messages name the pattern before the length, rather than after it. */
  readonly patternFirst?: boolean;
  /** Error messages add `Member must not be null` to the constraints of this list's elements. */
  readonly elementsNotNull?: boolean;
  /** AWS has its own message for a string that does not fit the pattern: server/validate.ts has it under this name. */
  readonly worded?: "name" | "path" | "pathPrefix" | "alphanumeric" | "accountAlias" | "arn";
}

/** The services by API version. */
export const services: ReadonlyMap<string, Service> = load(
  JSON.parse(readFileSync(new URL("./model.json", import.meta.url), "utf8")),
);

/** Wraps a function so that it prepares something for a structure once, when it is first asked for. */
export function perStructure<T>(prepare: (structure: Structure) => T): (structure: Structure) => T {
  const prepared = new Map<Structure, T>();
  return (structure) => {
    let result = prepared.get(structure);
    if (result === undefined) prepared.set(structure, (result = prepare(structure)));
    return result;
  };
}

/** model.json: one line per operation, error or structure. */
export interface ModelFile {
  readonly [service: string]: {
    readonly version: string;
    readonly namespace: string;
    readonly operations: Readonly<Record<string, { input?: string; output?: string; unsigned?: true }>>;
    readonly errors: Readonly<Record<string, { status: number; exception: string }>>;
    readonly structures: Readonly<Record<string, Readonly<Record<string, ShapeInFile>>>>;
  };
}

/** The type of a scalar, the name of a structure, or either of them, a list or a map with its constraints. */
export type ShapeInFile = string | ConstrainedShape;

export interface ConstrainedShape extends Constraints {
  readonly type: string;
  readonly of?: ShapeInFile;
  readonly required?: true;
}

function load(file: ModelFile): ReadonlyMap<string, Service> {
  return new Map(
    (["iam", "sts"] as const).map((name) => {
      const { version, namespace, structures, operations, errors } = file[name]!;
      const structure = structuresOf(structures);
      const service = {
        name,
        version,
        namespace,
        operations: new Map<string, ApiOperation>(),
        errors: new Map(Object.entries(errors).map(([code, error]) => [code, { code, ...error }])),
      };
      for (const [operation, { input, output, unsigned }] of Object.entries(operations)) {
        service.operations.set(operation, {
          name: operation,
          service,
          signed: !unsigned,
          input: input === undefined ? { name: `${operation}Request`, members: [] } : structure(input),
          output: output === undefined ? undefined : structure(output),
        });
      }
      return [version, service];
    }),
  );
}

/** Finds structures by name. Their members are resolved at the first use, since one run needs few of them. */
function structuresOf(inFile: ModelFile[string]["structures"]): (name: string) => Structure {
  const resolved = new Map<string, Structure>();
  const structure = (name: string): Structure => {
    const known = resolved.get(name);
    if (known) return known;
    let members: readonly Member[] | undefined;
    const created = {
      name,
      get members() {
        return (members ??= Object.entries(inFile[name]!).map(([member, shape]) => ({
          name: member,
          required: typeof shape === "object" && shape.required === true,
          shape: resolve(shape),
        })));
      },
    };
    resolved.set(name, created);
    return created;
  };
  const resolve = (shape: ShapeInFile): Shape => {
    const { type, of, ...constraints } = typeof shape === "string" ? { type: shape } : shape;
    switch (type) {
      case "string":
      case "integer":
      case "boolean":
      case "timestamp":
      case "blob":
        return { ...constraints, type };
      case "list":
      case "map":
        return { ...constraints, type, of: resolve(of!) };
      default:
        return { ...constraints, type: "structure", of: structure(type) };
    }
  };
  return structure;
}
