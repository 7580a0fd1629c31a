import { fold } from "../../data/entities/accounts.ts";
import { serviceCredentials, serviceLoginNames, type ServiceCredential } from "../../data/entities/certificates.ts";
import { users, type User } from "../../data/entities/users.ts";
import { uniqueId } from "../../data/ids.ts";
import type { Random } from "../../data/random.ts";
import { userArn } from "../arns.ts";
import { NoSuchEntity, ValidationError } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { page } from "../paging.ts";
import type { ContextKeys } from "../../policy/evaluate.ts";
import { existingUser, namedUserOrCaller, userResource } from "./users.ts";
import { checkQuota } from "../quotas.ts";
import { settableStatus } from "./credential-status.ts";

/**
 * The services; for those that take an API key instead of a password, the key's prefix
 * (evidence: service-credential-services).
 */
const SERVICES: Readonly<Record<string, { readonly apiKey?: string }>> = {
  "aws-external-anthropic.amazonaws.com": { apiKey: "AEAA" },
  "bedrock.amazonaws.com": { apiKey: "ABSK" },
  "cassandra.amazonaws.com": {},
  "cloudwatch.amazonaws.com": { apiKey: "APIAACWM" },
  "codecommit.amazonaws.com": {},
  "logs.amazonaws.com": { apiKey: "ACWL" },
};

/**
 * The stored name of a service; NoSuchEntity for one without such credentials, whatever the model says
 * (evidence: service-credential-unsupported).
 */
function existingService(name: string): string {
  const service = name.toLowerCase();
  if (!Object.hasOwn(SERVICES, service)) {
    throw NoSuchEntity(`No such service ${name} is supported for Service Specific Credentials`);
  }
  return service;
}

const PASSWORD_BYTES = 45;

/** A password of 60 base64 characters, or an API key that contains alias and password. */
function newSecret({ service, loginName }: Pick<ServiceCredential, "service" | "loginName">, random: Random): string {
  const password = random.bytes(PASSWORD_BYTES).toString("base64");
  const { apiKey } = SERVICES[service]!;
  return apiKey === undefined ? password : apiKey + Buffer.from(`${loginName}:${password}`).toString("base64");
}

/** `alice-at-123456789012`, then `alice+1-at-…`: a name is never given twice, not even to a new user alice. */
function newLoginName(user: User, service: string, { tx, account }: Context): string {
  const { count } = tx.get(serviceLoginNames, account, service, fold(user.name)) ?? { count: 0 };
  tx.put(serviceLoginNames, { account, service, userName: user.name, count: count + 1 });
  return `${user.name}${count === 0 ? "" : `+${count}`}-at-${account}`;
}

const credentialsOf = (user: User, { tx, account }: Context): ServiceCredential[] => [
  ...tx.listBy(serviceCredentials, "owner", [account, user.id]),
];

const findCredential = (id: string, { tx, account }: Context): ServiceCredential | undefined =>
  tx.get(serviceCredentials, account, id);

/** The user of an operation, and that user's credential. */
function existingCredential(
  input: { UserName?: string | undefined; ServiceSpecificCredentialId?: string | undefined },
  context: Context,
) {
  const user = namedUserOrCaller(input.UserName, context);
  const id = input.ServiceSpecificCredentialId!;
  const credential = findCredential(id, context);
  if (!credential) throw NoSuchEntity(`No such credential ${id} exists`);
  if (credential.owner !== user.id) {
    throw ValidationError(`User ${user.name} does not have a service specific credential with id ${id}`);
  }
  return { user, credential };
}

/** The members in lists; only the answers of Create and Reset have the secret. */
const toMetadata = (credential: ServiceCredential, userName: string, now: number) => ({
  UserName: userName,
  Status: isExpired(credential, now) ? ("Expired" as const) : credential.status,
  ServiceName: credential.service,
  CreateDate: new Date(credential.createdAt),
  ...(credential.expiresAt !== undefined && { ExpirationDate: new Date(credential.expiresAt) }),
  ...(takesApiKey(credential)
    ? { ServiceCredentialAlias: credential.loginName }
    : { ServiceUserName: credential.loginName }),
  ServiceSpecificCredentialId: credential.id,
});

const toCredential = (credential: ServiceCredential, userName: string, now: number) => ({
  ...toMetadata(credential, userName, now),
  ...(takesApiKey(credential)
    ? { ServiceCredentialSecret: credential.secret }
    : { ServicePassword: credential.secret }),
});

const takesApiKey = ({ service }: ServiceCredential): boolean => SERVICES[service]!.apiKey !== undefined;

const isExpired = ({ expiresAt }: ServiceCredential, now: number): boolean =>
  expiresAt !== undefined && now >= expiresAt;

/** `iam:ServiceSpecificCredentialServiceName` for an existing credential. */
function serviceKeys(input: { ServiceSpecificCredentialId?: string | undefined }, context: Context): ContextKeys {
  const credential = findCredential(input.ServiceSpecificCredentialId!, context);
  return credential ? { "iam:ServiceSpecificCredentialServiceName": credential.service } : {};
}

const DAY_MS = 86_400_000;

export const CreateServiceSpecificCredential = operation("CreateServiceSpecificCredential", {
  resource: (input, context) => userResource(input.UserName, context),
  keys: (input) => ({
    "iam:ServiceSpecificCredentialServiceName": input.ServiceName!.toLowerCase(),
    ...(input.CredentialAgeDays !== undefined && {
      "iam:ServiceSpecificCredentialAgeDays": String(input.CredentialAgeDays),
    }),
  }),
  handle(input, context) {
    const { tx, account, now, random, settings } = context;
    checkServiceName(input.ServiceName!);
    const user = existingUser(input.UserName!, context);
    const service = existingService(input.ServiceName!);
    checkQuota(
      "ContextSpecificCredentialsPerUserPerContext",
      credentialsOf(user, context).filter((other) => other.service === service).length + 1,
      settings.quotas,
    );
    const loginName = newLoginName(user, service, context);
    const credential: ServiceCredential = {
      account,
      id: uniqueId("ACCA", account, random),
      owner: user.id,
      service,
      loginName,
      secret: newSecret({ service, loginName }, random),
      status: "Active",
      createdAt: now,
      ...(input.CredentialAgeDays !== undefined && { expiresAt: now + input.CredentialAgeDays * DAY_MS }),
    };
    tx.put(serviceCredentials, credential);
    return { ServiceSpecificCredential: toCredential(credential, user.name, now) };
  },
});

/**
 * The model has no pattern for it, but AWS refuses bad characters before it looks up the user
 * (evidence: service-credential-unsupported).
 */
function checkServiceName(name: string): void {
  if (!/^[\w.-]+$/.test(name)) {
    throw ValidationError(
      "1 validation error detected: Value at 'serviceName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w.-]+",
    );
  }
}

export const UpdateServiceSpecificCredential = operation("UpdateServiceSpecificCredential", {
  resource: (input, context) => userResource(input.UserName, context),
  keys: serviceKeys,
  handle(input, context) {
    const status = settableStatus(input.Status!);
    const { credential } = existingCredential(input, context);
    context.tx.put(serviceCredentials, { ...credential, status });
  },
});

export const ResetServiceSpecificCredential = operation("ResetServiceSpecificCredential", {
  resource: (input, context) => userResource(input.UserName, context),
  keys: serviceKeys,
  handle(input, context) {
    const { tx, now, random } = context;
    const { user, credential } = existingCredential(input, context);
    const reset: ServiceCredential = { ...credential, secret: newSecret(credential, random) };
    tx.put(serviceCredentials, reset);
    return { ServiceSpecificCredential: toCredential(reset, user.name, now) };
  },
});

export const DeleteServiceSpecificCredential = operation("DeleteServiceSpecificCredential", {
  resource: (input, context) => userResource(input.UserName, context),
  keys: serviceKeys,
  handle(input, context) {
    const { credential } = existingCredential(input, context);
    context.tx.delete(serviceCredentials, context.account, credential.id);
  },
});

export const ListServiceSpecificCredentials = operation("ListServiceSpecificCredentials", {
  resource: (input, context) =>
    input.AllUsers ? { arn: userArn(context.account, "*") } : userResource(input.UserName, context),
  handle(input, context) {
    const { tx, account, now } = context;
    if (input.AllUsers && input.UserName !== undefined) {
      throw ValidationError("AllUsers cannot be specified together with UserName");
    }
    // An empty name is no filter (evidence: service-credential-list).
    if (input.ServiceName) checkServiceName(input.ServiceName);
    const owner = input.AllUsers ? undefined : namedUserOrCaller(input.UserName, context);
    const service = input.ServiceName ? existingService(input.ServiceName) : undefined;
    const { items, paging } = page(
      input,
      context,
      ["ListServiceSpecificCredentials", owner?.id, service],
      function* (after) {
        const all = owner
          ? credentialsOf(owner, context).filter(({ id }) => after === undefined || id > after[0]!)
          : tx.list(serviceCredentials, [account], after && [account, ...after]);
        for (const credential of all) if (service === undefined || credential.service === service) yield credential;
      },
      ({ id }) => [id],
    );
    const nameOf = (id: string): string => tx.find(users, "id", account, id)!.name;
    return {
      ServiceSpecificCredentials: items.map((credential) => toMetadata(credential, nameOf(credential.owner), now)),
      ...paging,
    };
  },
});
