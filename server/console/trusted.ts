import { Refused, type View } from "./page.ts";

// Whom a new role may trust, and the trust policy that says so (IAM User Guide, "Creating IAM roles").

export const TRUSTED = ["user", "account", "service", "oidc", "saml"] as const;

export type Trusted = (typeof TRUSTED)[number];

export const isTrusted = (text: string | null): text is Trusted => TRUSTED.includes(text as Trusted);

/** The trust policy that the fields of the query describe. Throws Refused where one is missing that it needs. */
export function trustPolicy(trusted: Trusted, { query }: Pick<View, "query">): object {
  const asked = (name: string) => query.get(name)?.trim() ?? "";
  return { Version: "2012-10-17", Statement: [{ Effect: "Allow", ...STATEMENTS[trusted](asked) }] };
}

type Asked = (name: string) => string;

const STATEMENTS: Readonly<Record<Trusted, (asked: Asked) => object>> = {
  user: (asked) => people(required(asked, "arn", "Say which user the role is to trust."), asked),
  account: (asked) => people(accountArn(required(asked, "account", "Say which account the role is to trust.")), asked),
  service: (asked) => ({
    Principal: { Service: required(asked, "service", "Say which service the role is to trust.") },
    Action: "sts:AssumeRole",
  }),
  oidc(asked) {
    const Federated = required(asked, "provider", "Say which OpenID Connect provider the role is to trust.");
    const issuer = Federated.slice(Federated.indexOf("/") + 1);
    const claims = { aud: asked("audience"), sub: asked("subject") };
    return {
      Principal: { Federated },
      Action: "sts:AssumeRoleWithWebIdentity",
      ...conditions({
        StringEquals: Object.fromEntries(Object.entries(claims).map(([claim, value]) => [`${issuer}:${claim}`, value])),
      }),
    };
  },
  saml: (asked) => ({
    Principal: { Federated: required(asked, "provider", "Say which SAML provider the role is to trust.") },
    Action: "sts:AssumeRoleWithSAML",
    ...conditions({ StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } }),
  }),
};

const people = (AWS: string, asked: Asked): object => ({
  Principal: { AWS },
  Action: "sts:AssumeRole",
  ...conditions({
    Bool: { "aws:MultiFactorAuthPresent": asked("mfa") === "on" ? "true" : "" },
    StringEquals: { "sts:ExternalId": asked("externalId") },
  }),
});

const accountArn = (account: string): string => `arn:aws:iam::${account.replaceAll("-", "")}:root`;

/** A condition block of what has a value. */
function conditions(block: Readonly<Record<string, Readonly<Record<string, string>>>>): object {
  const filled = Object.entries(block).flatMap(([operator, keys]) => {
    const given = Object.entries(keys).filter(([, value]) => value !== "");
    return given.length === 0 ? [] : [[operator, Object.fromEntries(given)]];
  });
  return filled.length === 0 ? {} : { Condition: Object.fromEntries(filled) };
}

function required(asked: Asked, name: string, otherwise: string): string {
  const value = asked(name);
  if (value === "") throw new Refused(400, otherwise);
  return value;
}
