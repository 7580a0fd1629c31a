import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { referencedAction, referencedService } from "../catalog/service-reference.ts";
import { serviceOperations } from "../catalog/service-operations.ts";
import { needsBody } from "./body.ts";
import type { Check, Known, ServiceRequest } from "./call.ts";
import { mapCall } from "./map.ts";

// The cases are requests of botocore 1.43.11, one of each operation, and what they ask for.

interface Case {
  readonly operation: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Where two operations have one form on the wire. */
  readonly as?: string;
  readonly checks?: readonly (Pick<Check, "action" | "resource"> & Partial<Check>)[];
  readonly unmapped?: string;
}

const SERVICES = "dynamodb s3 sqs sns kms secretsmanager ssm lambda kinesis logs events states".split(" ");
const KEY = "arn:aws:kms:us-east-1:111122223333:key/9999abcd-12ab-34cd-56ef-1234567890ab";
const known: Known = { keyOfAlias: (alias) => (alias.endsWith(":alias/app") ? KEY : undefined) };

/** Where the resource is none that the reference has for the action. */
const BESIDE_THE_REFERENCE = [
  // AWS's refusals name a resource, the reference does not.
  "dynamodb:ListTables on arn:aws:dynamodb:us-east-1:111122223333:table/*",
  "sns:ListTopics on arn:aws:sns:us-east-1:111122223333:*",
  "ssm:DescribeParameters on arn:aws:ssm:us-east-1:111122223333:*",
  "logs:DescribeLogGroups on arn:aws:logs:us-east-1:111122223333:log-group::log-stream:",
  // The reference has it on the destination, which the request does not name.
  "logs:DeleteDeliverySource on arn:aws:logs:us-east-1:111122223333:delivery-source:src",
  // What is made has no name yet, and what is listed none in particular.
  "kms:TagResource on *",
  "ssm:ListNodes on *",
  "ssm:ListNodesSummary on *",
  "dynamodb:ListExports on *",
  "dynamodb:ListImports on *",
  "logs:ListAnomalies on *",
  "logs:ListLogAnomalyDetectors on *",
  // The recorded request has a role that is no ARN.
  "iam:PassRole on x",
];

const casesOf = (service: string) => JSON.parse(readFileSync(`gate/cases/${service}.json`, "utf8")) as readonly Case[];

function requestOf(service: string, { method, target, headers, body }: Case): ServiceRequest {
  const rawHeaders = Object.entries({ Host: "localhost:4594", ...headers }).flat();
  const account = "111122223333";
  return { service, method, target, rawHeaders, body: Buffer.from(body ?? ""), region: "us-east-1", account };
}

/** Whether an ARN is one of those, whose variables stand for any text, and so does `*`. */
const isOneOf = (resource: string, arns: readonly string[]) =>
  arns.some((arn) => new RegExp(`^${arn.replace(/[.*?]/g, "\\$&").replace(/\$\{\w+\}/g, ".*")}$`).test(resource));

describe("the mapping of requests to services", () => {
  for (const service of SERVICES) {
    const cases = casesOf(service);

    it(`has a case for each operation of ${service}`, () => {
      const operations = serviceOperations(service)!.apis.flatMap((api) => Object.keys(api.operations));
      assert.deepEqual(cases.map(({ operation }) => operation).toSorted(), operations.toSorted());
    });

    for (const one of cases) {
      it(`maps ${one.operation} of ${service}${one.unmapped === undefined ? "" : " to nothing, and says why"}`, () => {
        const mapped = mapCall(requestOf(service, one), known);
        assert.equal(mapped.operation, one.as ?? (mapped.operation === "PostObject" ? "PostObject" : one.operation));
        if ("unmapped" in mapped) assert.deepEqual(mapped.unmapped, one.unmapped);
        else
          assert.deepEqual(
            mapped.checks,
            (one.checks ?? []).map((check) => ({ keys: {}, unknowable: [], ...check })),
          );
      });
    }

    it(`asks for actions of ${service} that there are, on resources that they have`, () => {
      for (const { action, resource } of cases.flatMap(({ checks }) => checks ?? [])) {
        const reference = referencedAction(action);
        assert.ok(reference, action);
        const fits = reference.arns.length === 0 ? resource === "*" : isOneOf(resource, reference.arns);
        assert.ok(fits || BESIDE_THE_REFERENCE.includes(`${action} on ${resource}`), `${action} on ${resource}`);
      }
    });

    it(`needs the body of ${service} wherever it decides`, () => {
      for (const one of cases) {
        const request = requestOf(service, one);
        if (needsBody(request)) continue;
        const withBody = { ...request, body: Buffer.from("not a document") };
        assert.deepEqual(
          mapCall(withBody, known),
          mapCall({ ...request, body: Buffer.alloc(0) }, known),
          one.operation,
        );
      }
    });
  }

  it("knows only services that the service reference knows", () => {
    for (const service of SERVICES) assert.ok(referencedService(serviceOperations(service)!.prefix));
  });
});
