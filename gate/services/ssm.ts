import { arnOf, givenArn, partitionOf } from "../arns.ts";
import { CannotMap } from "../cannot-map.ts";
import {
  type Ask,
  type Call,
  oneText,
  type Input,
  type KeyReader,
  member,
  objects,
  type Rule,
  type ServiceRules,
  text,
  texts,
  UNKNOWABLE,
} from "../rule.ts";
import { secretOf } from "./secretsmanager.ts";

const PARAMETER = /^\/?[\w.-]+(?:\/[\w.-]+)*$/;

/** A parameter by its name or ARN, without the version or label that may follow (evidence: gate-ssm-parameters). */
function parameterOf(name: string, call: Call): string {
  if (name.startsWith("arn:")) {
    return givenArn(call, name, "ssm", /^parameter(?:\/[\w.-]+)+(?::[\w.-]+)?$/).replace(
      /(:parameter\/[^:]+):.*$/,
      "$1",
    );
  }
  const bare = name.replace(/:[\w.-]+$/, "");
  if (!PARAMETER.test(bare)) throw new CannotMap(`${name} is no name of a parameter.`);
  return arnOf(call, "ssm", `parameter/${bare.replace(/^\//, "")}`);
}

function parameter(input: Input, call: Call): string | readonly string[] | undefined {
  const path = text(input, "Path");
  if (path !== undefined)
    return path === "/" ? arnOf(call, "ssm", "parameter/") : parameterOf(path.replace(/\/$/, ""), call);
  const names = input["Names"] === undefined ? [text(input, "Name") ?? []].flat() : texts(input, "Names");
  if (names.length > 0) return [...new Set(names.map((name) => parameterOf(name, call)))];
  return resourceArn("parameter", input, call);
}

const SECRET = /^(?:arn:[^:]*:ssm:[^:]*:\d*:parameter)?\/?aws\/reference\/secretsmanager\/([^:]+)/;

/** Parameters; of those that stand for a secret, the secret as well (evidence: gate-ssm-secrets). */
const reading: Rule = (input, call) => {
  const on = [parameter(input, call) ?? []].flat();
  const names = [...(input["Names"] === undefined ? [] : texts(input, "Names")), ...[text(input, "Name") ?? []].flat()];
  const secrets = names.flatMap((name) => SECRET.exec(name)?.[1] ?? []);
  return [...on, ...secrets.map((id) => ({ action: "secretsmanager:GetSecretValue", resource: secretOf(id, call) }))];
};

/** A document by its name or ARN; those of AWS belong to no account. */
function documentOf(name: string, call: Call): string {
  if (name.startsWith("arn:")) return givenArn(call, name, "ssm", /^document\/[\w.:/-]+$/);
  if (!/^[\w.-]{3,128}$/.test(name)) throw new CannotMap(`${name} is no name of a document.`);
  const { region } = call;
  return /^(?:AWS|Amazon)/.test(name)
    ? `arn:${partitionOf(region)}:ssm:${region}::document/${name}`
    : arnOf(call, "ssm", `document/${name}`);
}

const document = (input: Input, call: Call): string | undefined => {
  const name = oneText(input, "DocumentName", "Name");
  return name === undefined ? resourceArn("document", input, call) : documentOf(name, call);
};

const resourceArn = (kind: string, input: Input, call: Call): string | undefined => {
  const given = text(input, "ResourceArn");
  const arn = given && givenArn(call, given, "ssm", /^[a-z-]+\/[\w./-]+$/);
  return arn?.includes(`:${kind}/`) ? arn : undefined;
};

const named =
  (kind: string, ...members: readonly string[]) =>
  (input: Input, call: Call): string | undefined => {
    const name = oneText(input, ...members);
    if (name === undefined) return resourceArn(kind, input, call);
    if (name.startsWith("arn:")) return givenArn(call, name, "ssm", new RegExp(`^${kind}/[\\w./-]+$`));
    if (!/^[\w.:-]{1,256}$/.test(name)) throw new CannotMap(`${name} is no id of Systems Manager.`);
    return arnOf(call, "ssm", `${kind}/${name}`);
  };

/** A machine of EC2, or one that is managed from elsewhere: `mi-…`. */
function machineOf(id: string, call: Call): string {
  if (/^mi-[\da-f]+$/.test(id)) return arnOf(call, "ssm", `managed-instance/${id}`);
  if (/^i-[\da-f]+$/.test(id)) return arnOf(call, "ec2", `instance/${id}`);
  throw new CannotMap(`The gate cannot tell which machine ${id} is.`);
}

/** The machines that are named, also as targets by id; by tags nobody can tell which are meant. */
function machines(input: Input, call: Call): readonly string[] {
  const targets = objects(input, "Targets").flatMap((target) => {
    if (text(target, "Key") !== "InstanceIds")
      throw new CannotMap("The gate cannot tell from Targets which machines are meant.");
    return texts(target, "Values");
  });
  const one = oneText(input, "InstanceId", "Target");
  const ids = [...(one === undefined ? [] : [one]), ...texts(input, "InstanceIds"), ...targets];
  return ids.filter((id) => id !== "*").map((id) => machineOf(id, call));
}

const managed = (kind: string) => (input: Input, call: Call) =>
  machines(input, call).filter((arn) => arn.includes(`:${kind}/`));

/** What a resource of the tag operations is, by its type. */
const KINDS: Readonly<Record<string, (id: string, call: Call) => string>> = {
  Document: documentOf,
  Parameter: parameterOf,
  ManagedInstance: machineOf,
  MaintenanceWindow: (id, call) => arnOf(call, "ssm", `maintenancewindow/${id}`),
  PatchBaseline: (id, call) => arnOf(call, "ssm", `patchbaseline/${id}`),
  OpsItem: (id, call) => arnOf(call, "ssm", `opsitem/${id}`),
  OpsMetadata: (id, call) =>
    id.startsWith("arn:") ? givenArn(call, id, "ssm", /^opsmetadata\/.+$/) : arnOf(call, "ssm", `opsmetadata/${id}`),
  Automation: (id, call) => arnOf(call, "ssm", `automation-execution/${id}`),
  Association: (id, call) => arnOf(call, "ssm", `association/${id}`),
};

const tagging: Rule = (input, call) => {
  const [type, id] = [text(input, "ResourceType"), text(input, "ResourceId")];
  if (type === undefined || id === undefined || !Object.hasOwn(KINDS, type))
    throw new CannotMap(`The gate does not know resources of type ${type}.`);
  return KINDS[type]!(id, call);
};

const documentAndMachines: Rule = (input, call) => {
  const on = document(input, call);
  const bucket = text(input, "OutputS3BucketName");
  const of =
    call.operation === "SendCommand" && bucket !== undefined ? [`arn:${partitionOf(call.region)}:s3:::${bucket}`] : [];
  return on && [on, ...machines(input, call), ...of];
};

const passed = (role: string | undefined, { region, account }: Call): readonly Ask[] => {
  if (role === undefined) return [];
  const resource = role.startsWith("arn:") ? role : `arn:${partitionOf(region)}:iam::${account}:role/${role}`;
  return [{ action: "iam:PassRole", resource, keys: { "iam:PassedToService": "ssm.amazonaws.com" } }];
};

const automation: Rule = (input, call) => {
  const on = document(input, call);
  return on && [on, arnOf(call, "ssm", "automation-execution/*")];
};

const setting = (input: Input, call: Call): string | undefined => {
  const id = text(input, "SettingId");
  if (id === undefined || id.startsWith("arn:")) return id && givenArn(call, id, "ssm", /^servicesetting\/.+$/);
  return arnOf(call, "ssm", `servicesetting/${id.replace(/^\//, "")}`);
};

/** Of a document that is there, the type is unknown. */
const documentType: KeyReader = (input, { operation }) =>
  operation === "CreateDocument" ? (text(input, "DocumentType") ?? "Command") : UNKNOWABLE;

const sync: Rule = (input, call) => {
  const name = text(input, "SyncName");
  return name === undefined ? "*" : named("resource-data-sync", "SyncName")(input, call);
};

const documents = "Documents of AWS (AWS-…, Amazon…) are asked for without an account.";

const APPROXIMATE: Readonly<Record<string, string>> = {
  SendCommand: `Refused with Targets by tag. ${documents}`,
  CreateAssociation: `Refused with Targets by tag; not asked for on the association. ${documents}`,
  CreateAssociationBatch: documents,
  UpdateAssociation: "Refused with Targets by tag.",
  StartSession: "Machines only; the default document is not asked for.",
  StartAutomationExecution: documents,
  StartChangeRequestExecution: documents,
  GetParametersByPath: "Asked for on the path as AWS documents it.",
  GetParameter: "AWS also asks for the KMS key of a SecureString.",
  GetParameters: "AWS also asks for the KMS key of a SecureString.",
  PutParameter: "AWS also asks for the KMS key of a SecureString.",
  DescribeParameters: "The reference has no resource; AWS's refusals name one.",
  UpdateMaintenanceWindowTarget: "Asked for on the window alone.",
  UpdateMaintenanceWindowTask: "Asked for on the window alone.",
};

export const ssm: ServiceRules = {
  types: {
    parameter,
    document,
    instance: managed("instance"),
    "managed-instance": managed("managed-instance"),
    association: named("association", "AssociationId"),
    "automation-execution": named("automation-execution", "AutomationExecutionId"),
    maintenancewindow: named("maintenancewindow", "WindowId"),
    windowtarget: named("windowtarget", "WindowTargetId"),
    windowtask: named("windowtask", "WindowTaskId"),
    patchbaseline: named("patchbaseline", "BaselineId"),
    opsitem: named("opsitem", "OpsItemId"),
    opsitemgroup: (input, call) => resourceArn("opsitemgroup", input, call),
    opsmetadata: named("opsmetadata", "OpsMetadataArn"),
    resourcedatasync: named("resource-data-sync", "SyncName"),
    servicesetting: setting,
    session: named("session", "SessionId"),
  },
  operations: {
    GetParameter: reading,
    GetParameters: reading,
    AddTagsToResource: tagging,
    RemoveTagsFromResource: tagging,
    ListTagsForResource: tagging,
    DescribeParameters: (_, call) => arnOf(call, "ssm", "*"),
    SendCommand: documentAndMachines,
    CreateAssociation: documentAndMachines,
    StartSession: (input, call) => {
      const name = text(input, "DocumentName");
      return [...machines(input, call), ...(name === undefined ? [] : [documentOf(name, call)])];
    },
    CreateAssociationBatch: (input, call) =>
      objects(input, "Entries").flatMap((entry) => [
        documentOf(text(entry, "Name") ?? "", call),
        ...machines(entry, call),
      ]),
    StartAutomationExecution: automation,
    StartChangeRequestExecution: automation,
    StartAssociationsOnce: (input, call) =>
      texts(input, "AssociationIds").map((AssociationId) =>
        named("association", "AssociationId")({ AssociationId }, call)!,
      ),
    UpdateMaintenanceWindowTarget: named("maintenancewindow", "WindowId"),
    UpdateMaintenanceWindowTask: (input, call) => [
      named("maintenancewindow", "WindowId")(input, call)!,
      ...passed(text(input, "ServiceRoleArn"), call),
    ],
    RegisterTaskWithMaintenanceWindow: (input, call) => [
      named("maintenancewindow", "WindowId")(input, call)!,
      ...passed(text(input, "ServiceRoleArn"), call),
    ],
    RegisterTargetWithMaintenanceWindow: named("maintenancewindow", "WindowId"),
    CreateActivation: (input, call) => ["*", ...passed(text(input, "IamRole"), call)],
    UpdateManagedInstanceRole: (input, call) => [...machines(input, call), ...passed(text(input, "IamRole"), call)],
    PutComplianceItems: (input, call) => machineOf(text(input, "ResourceId") ?? "", call),
    GetCalendarState: (input, call) => texts(input, "CalendarNames").map((name) => documentOf(name, call)),
    GetOpsSummary: sync,
    ListNodes: sync,
    ListNodesSummary: sync,
  },
  keys: {
    "ssm:Overwrite": (input) => String(input["Overwrite"] === true),
    "ssm:Policies": member("Policies"),
    "ssm:Recursive": (input) => String(input["Recursive"] === true),
    "ssm:SyncType": member("SyncType"),
    "ssm:DocumentType": documentType,
    "ssm:DocumentVersion": member("DocumentVersion"),
    "ssm:AutoApprove": member("AutoApprove"),
    "ssm:InventoryTypeName": (input) => objects(input, "Items").flatMap((item) => text(item, "TypeName") ?? []),
  },
  tagging: { action: "AddTagsToResource" },
  approximate: APPROXIMATE,
};
