import { collection } from "../store.ts";
import { fold, type Tag } from "./accounts.ts";

/**
 * A TLS certificate for other services. Its private key is checked at the upload and not kept, since no operation
 * returns it.
 */
export interface ServerCertificate {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `ASCA…` */
  readonly id: string;
  /** PEM. */
  readonly body: string;
  readonly chain?: string;
  readonly uploadedAt: number;
  readonly expiresAt: number;
  readonly tags: readonly Tag[];
}
export const serverCertificates = collection("server-certificates", (c: ServerCertificate) => [
  c.account,
  fold(c.name),
]);

/** An X.509 certificate that verified requests of the SOAP interfaces. */
export interface SigningCertificate {
  readonly account: string;
  /** Base32 of the SHA-1 of the certificate, 32 characters. */
  readonly id: string;
  /** Unique id of the user, or the account number for root. */
  readonly owner: string;
  /** PEM, byte for byte as it was sent. */
  readonly body: string;
  readonly status: "Active" | "Inactive";
  readonly uploadedAt: number;
}
export const signingCertificates = collection("signing-certificates", (c: SigningCertificate) => [c.account, c.id], {
  owner: (c) => [c.account, c.owner],
});

/** An RSA key for CodeCommit. */
export interface SshPublicKey {
  readonly account: string;
  /** `APKA…` */
  readonly id: string;
  /** Unique id of the user. */
  readonly owner: string;
  /** The key as SSH writes it on the wire (RFC 4253, 6.6), in base64. */
  readonly blob: string;
  readonly status: "Active" | "Inactive";
  readonly uploadedAt: number;
}
export const sshPublicKeys = collection("ssh-public-keys", (k: SshPublicKey) => [k.account, k.id], {
  owner: (k) => [k.account, k.owner],
});

/** A user name and password, or an API key, for one service that does not take access keys. */
export interface ServiceCredential {
  readonly account: string;
  /** `ACCA…` */
  readonly id: string;
  /** Unique id of the user. */
  readonly owner: string;
  /** Such as `codecommit.amazonaws.com`. */
  readonly service: string;
  /** The name that the service knows the user by: ServiceUserName or ServiceCredentialAlias. */
  readonly loginName: string;
  readonly secret: string;
  readonly status: "Active" | "Inactive";
  readonly createdAt: number;
  readonly expiresAt?: number;
}
export const serviceCredentials = collection("service-credentials", (c: ServiceCredential) => [c.account, c.id], {
  owner: (c) => [c.account, c.owner],
});

/** How many login names for a service were made for users of that name: no login name is given twice. */
export interface ServiceLoginNames {
  readonly account: string;
  readonly service: string;
  readonly userName: string;
  readonly count: number;
}
export const serviceLoginNames = collection("service-login-names", (n: ServiceLoginNames) => [
  n.account,
  n.service,
  fold(n.userName),
]);
