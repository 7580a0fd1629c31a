import assert from "node:assert/strict";
import { actionsOfEvent } from "./cloudtrail-actions.ts";

const CASES: readonly (readonly [event: string, actions: string | undefined])[] = [
  ["s3 GetObject", "s3:GetObject"],
  ["s3 UploadPartCopy", "s3:PutObject"],
  ["s3 GetBucketCors", "s3:GetBucketCORS"],
  ["s3 DeleteBucketCors", "s3:PutBucketCORS"],
  ["s3 GetBucketLifecycle", "s3:GetLifecycleConfiguration"],
  ["s3 DeleteBucketLifecycle", "s3:PutLifecycleConfiguration"],
  ["s3 PutBucketEncryption", "s3:PutEncryptionConfiguration"],
  ["s3 ListBucketInventoryConfigurations", "s3:GetInventoryConfiguration"],
  ["s3 PutBucketAccelerateConfiguration", "s3:PutAccelerateConfiguration"],
  ["kms ReEncrypt", "kms:ReEncryptFrom kms:ReEncryptTo"],
  ["lambda CreateFunction20150331", "lambda:CreateFunction"],
  ["lambda UpdateFunctionCode20150331v2", "lambda:UpdateFunctionCode"],
  ["cloudfront CreateDistribution2020_05_31", "cloudfront:CreateDistribution"],
  ["monitoring PutMetricAlarm", "cloudwatch:PutMetricAlarm"],
  ["tagging GetResources", "tag:GetResources"],
  ["apigateway CreateRestApi", "apigateway:POST"],
  ["apigateway UpdateStage", "apigateway:PATCH"],
  ["sts GetCallerIdentity", ""],
  ["sts AssumeRole", "sts:AssumeRole"],
  ["iam CreateUser", "iam:CreateUser"],
  ["s3 Frobnicate", undefined],
  ["nothing GetObject", undefined],
];

describe("the actions of an event of CloudTrail", () => {
  for (const [event, actions] of CASES) {
    it(`are ${actions ?? "unknown"}: ${event}`, () => {
      const [service = "", name = ""] = event.split(" ");
      assert.equal(actionsOfEvent(`${service}.amazonaws.com`, name)?.join(" "), actions);
    });
  }
});
