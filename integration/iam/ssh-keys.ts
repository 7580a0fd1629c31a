import { rsaKeys } from "./certificates.ts";

/** An RSA key in both forms that IAM accepts. */
export interface SshPublicKey {
  readonly pem: string;
  readonly line: string;
}

/** A new key with this many bits. */
export function sshPublicKey(bits = 2048): SshPublicKey {
  const { publicKey: key } = rsaKeys(bits);
  const { e, n } = key.export({ format: "jwk" });
  const number = (base64url: string) => Buffer.concat([Buffer.from([0]), Buffer.from(base64url, "base64url")]);
  const fields = [Buffer.from("ssh-rsa"), Buffer.from(e!, "base64url"), number(n!)].flatMap((field) => [
    Buffer.from(field.length.toString(16).padStart(8, "0"), "hex"),
    field,
  ]);
  return {
    pem: key.export({ type: "spki", format: "pem" }).toString(),
    line: `ssh-rsa ${Buffer.concat(fields).toString("base64")}`,
  };
}
