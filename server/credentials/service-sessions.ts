import { roles, type Role } from "../../data/entities/roles.ts";
import { roleArn } from "../../handlers/arns.ts";
import { serviceCaller } from "../../handlers/callers.ts";
import { NoSuchEntity } from "../../handlers/errors.ts";
import type { ContextKeys } from "../../policy/evaluate.ts";
import type { Emulation } from "../emulation.ts";
import { call } from "../call.ts";
import { Tickets } from "../web/tickets.ts";

/** The session length that EC2 and ECS ask for, and EKS by default. */
export const SERVICE_SESSION_SECONDS = 6 * 60 * 60;

/** A role that an AWS service assumes in order to pass the credentials to an application. */
export interface ServiceSession {
  readonly account: string;
  /** Unique id of the role: the session ends when the role is deleted. */
  readonly roleId: string;
  /** Such as `ec2.amazonaws.com`; the role must trust it. */
  readonly service: string;
  readonly sessionName: string;
  readonly seconds: number;
  /** Condition keys of the service's request. */
  readonly keys: ContextKeys;
  /** Condition keys that the session keeps. */
  readonly sessionKeys: ContextKeys;
  /** All transitive, as in EKS. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Times are milliseconds. */
export interface ServiceCredentials {
  readonly roleArn: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Rejects with the WireError of AssumeRole, and with NoSuchEntity if the role is gone. */
export type ServiceSessions = (session: ServiceSession) => Promise<ServiceCredentials>;

/** More than the applications of one machine need. */
const CAPACITY = 1000;
/**
 * EC2 issues new credentials at least five minutes before the old ones expire (EC2 User Guide, "Retrieve security
 * credentials").
 */
const RENEWAL_MS = 15 * 60 * 1000;

/**
 * Issues the credentials of sessions. They stay the same until they are renewed, well before they expire; a restart or
 * a reset ends them.
 */
export function serviceSessions(emulation: Emulation): ServiceSessions {
  const { store, clock } = emulation;
  const issued = new Tickets<ServiceCredentials>("service-session", emulation, CAPACITY);
  const noneUnderway = () => new Map<string, Promise<ServiceCredentials>>();
  const isCurrent = (held: ServiceCredentials | undefined): held is ServiceCredentials =>
    held !== undefined && clock.now() < renewalAt(held);

  /** Of those who issue at the same time, in several processes, the first one's credentials count. */
  async function issue(session: ServiceSession, role: Role, name: string): Promise<ServiceCredentials> {
    const renewed = await assumeFor(session, role, emulation);
    return await store.transact((tx) => {
      const held = issued.find(tx, name, clock.now());
      if (isCurrent(held)) return held;
      issued.put(tx, name, renewed);
      return renewed;
    });
  }

  return async (session) => {
    const role = store.read((tx) => tx.find(roles, "id", session.account, session.roleId));
    if (!role) throw NoSuchEntity("The role has been deleted.");
    const name = JSON.stringify(session);
    const held = issued.get(name, clock.now());
    if (isCurrent(held)) return held;
    // Simultaneous requests get the same credentials; a refusal is not kept.
    const underway = emulation.era.memory(noneUnderway);
    const known = underway.get(name);
    if (known) return known;
    const renewed = issue(session, role, name).finally(() => underway.delete(name));
    underway.set(name, renewed);
    return renewed;
  };
}

/** Short sessions are renewed when a third of them is left. */
const renewalAt = ({ issuedAt, expiresAt }: ServiceCredentials): number =>
  expiresAt - Math.min(RENEWAL_MS, (expiresAt - issuedAt) / 3);

async function assumeFor(session: ServiceSession, role: Role, emulation: Emulation): Promise<ServiceCredentials> {
  const arn = roleArn(role.account, role.name, role.path);
  const tags = Object.entries(session.tags).map(([Key, Value]) => ({ Key, Value }));
  const input = {
    RoleArn: arn,
    RoleSessionName: session.sessionName,
    DurationSeconds: session.seconds,
    ...(tags.length > 0 && { Tags: tags, TransitiveTagKeys: tags.map(({ Key }) => Key) }),
  };
  const { service, account, keys, sessionKeys } = session;
  const caller = serviceCaller(service, account, keys, sessionKeys);
  const issuedAt = emulation.clock.now();
  const { Credentials } = await call("AssumeRole", input, caller, emulation, {
    // As CloudTrail shows a service's calls.
    sourceIp: service,
    userAgent: service,
    secure: true,
  });
  return {
    roleArn: arn,
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
    issuedAt,
    expiresAt: Credentials!.Expiration!.getTime(),
  };
}

/** AWS's times in JSON have no fractions of a second. */
export const jsonTime = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
