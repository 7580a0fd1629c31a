import assert from "node:assert/strict";
import { isRegion } from "./regions.ts";

describe("isRegion", () => {
  for (const region of ["us-east-1", "eu-central-2", "ap-southeast-7", "mx-central-1", "cn-north-1", "us-gov-west-1"]) {
    it(`knows ${region}`, () => assert.equal(isRegion(region), true));
  }

  for (const region of ["us-east-3", "aws-global", "US-EAST-1", "us-east-1a", "local", "", "constructor"]) {
    it(`does not take '${region}' for a region`, () => assert.equal(isRegion(region), false));
  }
});
