import type { IncomingHttpHeaders } from "node:http";
import { fold } from "../../data/entities/accounts.ts";
import { roles, type Role } from "../../data/entities/roles.ts";
import { uuid } from "../../data/random.ts";
import { roleArn } from "../../handlers/arns.ts";
import { accountIn } from "../../policy/arn.ts";
import { Answer } from "../web/answer.ts";
import { InvalidRequest, NotFound, webError } from "../web/errors.ts";
import { accountId, jsonObject, knownMembers, optionalNumber, optionalString } from "../web/input.ts";
import type { Routes } from "../web/routes.ts";
import type { Site } from "../web/site.ts";
import type { Emulation } from "../emulation.ts";
import { sessionSealer } from "../perform.ts";
import {
  jsonTime,
  SERVICE_SESSION_SECONDS,
  serviceSessions,
  type ServiceSession,
  type ServiceSessions,
} from "./service-sessions.ts";

/** The path of ECS. */
const CONTAINER_PATH = "/v2/credentials";

/**
 * What an authorization token seals: whose credentials it gets, and at which endpoint. The emulator keeps nothing of
 * it.
 */
interface ContainerToken {
  readonly kind: "container-credentials";
  readonly id: string;
  readonly session: ServiceSession;
}

const MEMBERS = ["roleArn", "roleName", "account", "sessionName", "durationSeconds", "eks"];

/** `/_emulator/container-credentials`: gives an application a role, as ECS does for a task and EKS for a pod. */
export function containerRoutes(emulation: Emulation): Routes {
  const sessions = serviceSessions(emulation);
  return {
    "/container-credentials": {
      async POST(request) {
        const body = jsonObject(request, MEMBERS);
        const role = roleNamed(body, emulation);
        const id = uuid(emulation.random);
        const seconds = optionalNumber(body, "durationSeconds") ?? SERVICE_SESSION_SECONDS;
        const workload =
          body["eks"] === undefined ? taskOf(role, id, emulation) : podOf(role, id, body["eks"], emulation);
        const session: ServiceSession = {
          account: role.account,
          roleId: role.id,
          seconds,
          sessionKeys: {},
          ...workload,
          sessionName: optionalString(body, "sessionName") ?? workload.sessionName,
        };
        // If the service cannot assume the role, refuse now, rather than when the application asks for credentials.
        const { roleArn: arn } = await sessions(session);
        const token: ContainerToken = { kind: "container-credentials", id, session };
        const uri = `${emulation.options.publicUrl}${CONTAINER_PATH}/${id}`;
        const authorizationToken = sessionSealer(emulation).seal(token);
        return {
          uri,
          authorizationToken,
          roleArn: arn,
          service: session.service,
          sessionName: session.sessionName,
          environment: {
            AWS_CONTAINER_CREDENTIALS_FULL_URI: uri,
            AWS_CONTAINER_AUTHORIZATION_TOKEN: authorizationToken,
          },
        };
      },
    },
  };
}

function roleNamed(body: Readonly<Record<string, unknown>>, { store, options }: Emulation): Role {
  const arn = optionalString(body, "roleArn");
  const name = optionalString(body, "roleName") ?? arn?.slice(arn.lastIndexOf("/") + 1);
  if (name === undefined || (arn !== undefined && body["roleName"] !== undefined)) {
    throw InvalidRequest("Say which role: either roleArn or roleName.");
  }
  const account = accountId(optionalString(body, "account") ?? accountIn(arn ?? ""), options.account);
  const role = store.read((tx) => tx.get(roles, account, fold(name)));
  if (role && (arn === undefined || arnOf(role) === arn)) return role;
  throw NotFound(`There is no role ${arn ?? `${JSON.stringify(name)} in account ${account}`}.`);
}

const arnOf = ({ account, name, path }: Role): string => roleArn(account, name, path);

type Workload = Pick<ServiceSession, "service" | "sessionName" | "keys" | "tags">;

/**
 * A task's session is named after the task, whose id is 32 hexadecimal digits (ECS Developer Guide, "Task IAM role").
 */
function taskOf({ account }: Role, id: string, { options }: Emulation): Workload {
  const task = id.replaceAll("-", "");
  return {
    service: "ecs-tasks.amazonaws.com",
    sessionName: task,
    keys: {
      "aws:SourceAccount": account,
      "aws:SourceArn": `arn:aws:ecs:${options.region}:${account}:task/iam-local/${task}`,
    },
    tags: {},
  };
}

/**
 * EKS Pod Identity tags its sessions, so the role must allow sts:TagSession too (EKS User Guide, "Grant Pods access").
 */
function podOf({ account }: Role, id: string, eks: unknown, { options }: Emulation): Workload {
  const body = knownMembers(eks, ["cluster", "namespace", "serviceAccount", "pod"], "eks");
  const cluster = optionalString(body, "cluster") ?? "iam-local";
  const pod = optionalString(body, "pod") ?? "pod";
  const clusterArn = `arn:aws:eks:${options.region}:${account}:cluster/${cluster}`;
  return {
    service: "pods.eks.amazonaws.com",
    sessionName: `eks-${cluster}-${pod}-${id}`.slice(0, 64),
    keys: { "aws:SourceAccount": account, "aws:SourceArn": clusterArn },
    tags: {
      "eks-cluster-arn": clusterArn,
      "eks-cluster-name": cluster,
      "kubernetes-namespace": optionalString(body, "namespace") ?? "default",
      "kubernetes-service-account": optionalString(body, "serviceAccount") ?? "default",
      "kubernetes-pod-name": pod,
      "kubernetes-pod-uid": id,
    },
  };
}

/**
 * The endpoint for SDKs with AWS_CONTAINER_CREDENTIALS_FULL_URI, and AWS_CONTAINER_AUTHORIZATION_TOKEN or the content
 * of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE. The token is authenticated encryption, which compares in constant time.
 */
export function containerCredentials(emulation: Emulation, sessions: ServiceSessions): Site {
  return {
    routes: {
      "/{:id}": {
        async GET({ headers, params }) {
          const { roleArn: RoleArn, ...credentials } = await sessions(sessionOf(headers, params["id"], emulation));
          const { accessKeyId, secretAccessKey, sessionToken, expiresAt } = credentials;
          return {
            RoleArn,
            AccessKeyId: accessKeyId,
            SecretAccessKey: secretAccessKey,
            Token: sessionToken,
            Expiration: jsonTime(expiresAt),
          };
        },
      },
    },
    missing: ({ method }) => NotFound(`There is no such path for ${method} below ${CONTAINER_PATH}.`),
    // In the form of the ECS agent.
    refuse: ({ status, code, message }) => Answer.json({ code, message, HTTPErrorCode: status }, status),
  };
}

const NoIdInRequest = webError("NoIdInRequest", 400);
const MissingAuthorizationToken = webError("MissingAuthorizationToken", 401);
const InvalidAuthorizationToken = webError("InvalidAuthorizationToken", 403);

/** The session sealed in the token, whose credentials are asked for. */
function sessionOf(
  { authorization }: IncomingHttpHeaders,
  id: string | string[] | undefined,
  emulation: Emulation,
): ServiceSession {
  if (id === undefined) throw NoIdInRequest("CredentialsV2Request: No Credential ID in the request");
  if (authorization === undefined) {
    throw MissingAuthorizationToken("Send the authorization token of these credentials.");
  }
  const token = sessionSealer(emulation).open(authorization.trim()) as ContainerToken | undefined;
  if (token?.kind === "container-credentials" && token.id === id) return token.session;
  throw InvalidAuthorizationToken("The authorization token is not that of these credentials.");
}
