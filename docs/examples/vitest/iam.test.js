// npx vitest run
import { CreateVirtualMFADeviceCommand, IAMClient } from "@aws-sdk/client-iam";
import { start } from "iam-local";
import { afterAll, beforeAll, expect, test } from "vitest";

let aws;
let iam;

beforeAll(async () => {
  aws = await start({ port: 0 });
  iam = new IAMClient({ endpoint: aws.endpoint, region: "us-east-1", credentials: aws.rootCredentials });
});
afterAll(() => aws.close());

test("a device shows a code", async () => {
  const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "phone" }));
  expect(aws.mfa.code(VirtualMFADevice.SerialNumber).code).toMatch(/^\d{6}$/);
});
