import type { Constraints, Member, Shape, Structure } from "../api/model.ts";
import type { AnalyzerOperation } from "../other-services.ts";

// What the four operations of Access Analyzer take (evidence: access-analyzer-protocol), in the form of the API model. The client's
// package is a development dependency; there are too few of them to generate.

const text = (constraints: Constraints = {}): Shape => ({ type: "string", ...constraints });
const oneOf = (...values: readonly string[]): Shape => text({ enum: values });
const listOf = (of: Shape, max: number): Shape => ({ type: "list", of, min: 0, max });
const required = (name: string, shape: Shape): Member => ({ name, required: true, shape });
const optional = (name: string, shape: Shape): Member => ({ name, required: false, shape });
const structure = (name: string, ...members: readonly Member[]): Structure => ({ name, members });

const POLICY_TYPE = oneOf("IDENTITY_POLICY", "RESOURCE_POLICY");

const access = structure(
  "Access",
  optional("actions", listOf(text(), 100)),
  optional("resources", listOf(text({ min: 0, max: 2048 }), 100)),
);

/** By the names of the operations. */
export const INPUTS: Readonly<Record<AnalyzerOperation, Structure>> = {
  ValidatePolicy: structure(
    "ValidatePolicyRequest",
    required("policyDocument", text()),
    required(
      "policyType",
      oneOf("IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"),
    ),
    optional("locale", oneOf("DE", "EN", "ES", "FR", "IT", "JA", "KO", "PT_BR", "ZH_CN", "ZH_TW")),
    // AWS's model has no limits; of none, or fewer, nothing could be told.
    optional("maxResults", { type: "integer", min: 1 }),
    optional("nextToken", text()),
    optional(
      "validatePolicyResourceType",
      oneOf(
        "AWS::S3::Bucket",
        "AWS::S3::AccessPoint",
        "AWS::S3::MultiRegionAccessPoint",
        "AWS::S3ObjectLambda::AccessPoint",
        "AWS::IAM::AssumeRolePolicyDocument",
        "AWS::DynamoDB::Table",
      ),
    ),
  ),
  CheckAccessNotGranted: structure(
    "CheckAccessNotGrantedRequest",
    required("policyDocument", text()),
    required("access", listOf({ type: "structure", of: access }, 1)),
    required("policyType", POLICY_TYPE),
  ),
  CheckNoNewAccess: structure(
    "CheckNoNewAccessRequest",
    required("newPolicyDocument", text()),
    required("existingPolicyDocument", text()),
    required("policyType", POLICY_TYPE),
  ),
  CheckNoPublicAccess: structure(
    "CheckNoPublicAccessRequest",
    required("policyDocument", text()),
    required(
      "resourceType",
      oneOf(
        "AWS::DynamoDB::Table",
        "AWS::DynamoDB::Stream",
        "AWS::EFS::FileSystem",
        "AWS::OpenSearchService::Domain",
        "AWS::Kinesis::Stream",
        "AWS::Kinesis::StreamConsumer",
        "AWS::KMS::Key",
        "AWS::Lambda::Function",
        "AWS::S3::Bucket",
        "AWS::S3::AccessPoint",
        "AWS::S3Express::DirectoryBucket",
        "AWS::S3::Glacier",
        "AWS::S3Outposts::Bucket",
        "AWS::S3Outposts::AccessPoint",
        "AWS::SecretsManager::Secret",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::IAM::AssumeRolePolicyDocument",
        "AWS::S3Tables::TableBucket",
        "AWS::ApiGateway::RestApi",
        "AWS::CodeArtifact::Domain",
        "AWS::Backup::BackupVault",
        "AWS::CloudTrail::Dashboard",
        "AWS::CloudTrail::EventDataStore",
        "AWS::S3Tables::Table",
        "AWS::S3Express::AccessPoint",
      ),
    ),
  ),
};
