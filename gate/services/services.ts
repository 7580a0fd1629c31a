import type { ServiceRules } from "../rule.ts";
import { dynamodb } from "./dynamodb.ts";
import { events } from "./events.ts";
import { kinesis } from "./kinesis.ts";
import { kms } from "./kms.ts";
import { lambda } from "./lambda.ts";
import { logs } from "./logs.ts";
import { secretsmanager } from "./secretsmanager.ts";
import { sns } from "./sns.ts";
import { sqs } from "./sqs.ts";
import { ssm } from "./ssm.ts";
import { states } from "./states.ts";

/** By the names that scopes of signatures have for them: the services whose calls are mapped in full, but for S3. */
export const SERVICES: ReadonlyMap<string, ServiceRules> = new Map(
  Object.entries({ dynamodb, events, kinesis, kms, lambda, logs, secretsmanager, sns, sqs, ssm, states }),
);
