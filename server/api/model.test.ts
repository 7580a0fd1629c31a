import assert from "node:assert/strict";
import { perStructure, services, type Shape, type Structure } from "./model.ts";

const iam = services.get("2010-05-08")!;
const sts = services.get("2011-06-15")!;

describe("the API model", () => {
  it("has the services by API version, with their namespaces", () => {
    assert.deepEqual([...services.keys()], ["2010-05-08", "2011-06-15"]);
    assert.deepEqual([iam.name, iam.namespace], ["iam", "https://iam.amazonaws.com/doc/2010-05-08/"]);
    assert.deepEqual([sts.name, sts.namespace], ["sts", "https://sts.amazonaws.com/doc/2011-06-15/"]);
  });

  it("knows which operations are not signed", () => {
    const all = [...iam.operations.values(), ...sts.operations.values()];
    const unsigned = all.filter(({ signed }) => !signed).map(({ name }) => name);
    assert.deepEqual(unsigned, ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]);
  });

  it("gives an operation without parameters an input without members", () => {
    assert.deepEqual(iam.operations.get("GetAccountSummary")!.input.members, []);
  });

  it("gives an operation without an answer no output", () => {
    assert.equal(iam.operations.get("DeleteUser")!.output, undefined);
  });

  it("refers to one structure from everywhere", () => {
    const [tag, same] = ["TagUser", "CreateRole"].map((operation) => {
      const tags = iam.operations.get(operation)!.input.members.find(({ name }) => name === "Tags")!.shape;
      return tags.type === "list" && tags.of.type === "structure" ? tags.of.of : undefined;
    });
    assert.equal(tag?.name, "Tag");
    assert.equal(tag, same);
  });

  it("resolves every shape", () => {
    const seen = new Set<Structure>();
    const visit = (structure: Structure): void => {
      if (seen.has(structure)) return;
      seen.add(structure);
      for (const { shape } of structure.members) visitShape(shape);
    };
    const visitShape = (shape: Shape): void => {
      if (shape.type === "structure") visit(shape.of);
      else if (shape.type === "list" || shape.type === "map") visitShape(shape.of);
    };
    for (const { operations } of services.values()) {
      for (const { input, output } of operations.values()) {
        visit(input);
        if (output) visit(output);
      }
    }
    assert.ok(seen.size > 350);
  });

  it("has the modelled errors by their codes", () => {
    assert.deepEqual(iam.errors.get("NoSuchEntity"), {
      code: "NoSuchEntity",
      status: 404,
      exception: "NoSuchEntityException",
    });
    assert.equal(iam.errors.get("OrganizationNotFoundException")?.status, 400);
  });
});

describe("perStructure", () => {
  it("prepares a structure once", () => {
    let count = 0;
    const prepared = perStructure((structure) => ({ name: structure.name, count: ++count }));
    const { input } = iam.operations.get("GetUser")!;
    assert.deepEqual(prepared(input), { name: "GetUserRequest", count: 1 });
    assert.equal(prepared(input), prepared(input));
  });
});
