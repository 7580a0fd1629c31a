import type { JsonObject } from "../../signing/json-web-token.ts";

/** Tokens in the form of a known issuer. */
export interface Preset {
  /** Absent if each customer has their own issuer. */
  readonly issuer?: string;
  readonly audience: string | readonly string[];
  /** How long its tokens last. */
  readonly seconds: number;
  /** The claims besides the standard ones; `given` are the claims asked for, which take precedence. */
  readonly claims: (given: JsonObject, uuid: () => string) => JsonObject;
}

/** The audience that stands for AWS, unless a workflow chooses another. */
export const STS = "sts.amazonaws.com";

/** By the names that `POST /_idp/token` accepts. Claims and defaults are from each issuer's documentation. */
export const PRESETS: Readonly<Record<string, Preset>> = {
  "github-actions": {
    issuer: "https://token.actions.githubusercontent.com",
    audience: STS,
    seconds: 300,
    claims: githubClaims,
  },
  gitlab: { issuer: "https://gitlab.com", audience: "https://gitlab.com", seconds: 3600, claims: gitlabClaims },
  eks: { audience: [STS], seconds: 86_400, claims: kubernetesClaims },
};

/** GitHub Docs, "OpenID Connect reference": the token of a job, and how its subject is composed. */
function githubClaims(given: JsonObject): JsonObject {
  const repository = text(given, "repository", "octo-org/octo-repo");
  const ref = text(given, "ref", "refs/heads/main");
  const event = text(given, "event_name", "push");
  const { environment } = given;
  const filter =
    typeof environment === "string"
      ? `environment:${environment}`
      : event === "pull_request"
        ? "pull_request"
        : `ref:${ref}`;
  return {
    sub: `repo:${repository}:${filter}`,
    actor: "octocat",
    actor_id: "12",
    base_ref: "",
    event_name: event,
    head_ref: "",
    job_workflow_ref: `${repository}/.github/workflows/ci.yml@${ref}`,
    ref,
    ref_type: ref.startsWith("refs/tags/") ? "tag" : "branch",
    repository,
    repository_id: "74",
    repository_owner: repository.split("/", 1)[0],
    repository_owner_id: "65",
    repository_visibility: "private",
    run_attempt: "1",
    run_id: "1",
    run_number: "1",
    runner_environment: "github-hosted",
    workflow: "ci",
  };
}

/** GitLab Docs, "OpenID Connect (OIDC) Authentication Using ID Tokens". */
function gitlabClaims(given: JsonObject): JsonObject {
  const project = text(given, "project_path", "my-group/my-project");
  const ref = text(given, "ref", "main");
  const refType = text(given, "ref_type", "branch");
  return {
    sub: `project_path:${project}:ref_type:${refType}:ref:${ref}`,
    job_id: "1",
    namespace_id: "1",
    namespace_path: project.slice(0, project.lastIndexOf("/")),
    pipeline_id: "1",
    pipeline_source: "push",
    project_id: "20",
    project_path: project,
    ref,
    ref_path: `refs/${refType === "tag" ? "tags" : "heads"}/${ref}`,
    ref_protected: "true",
    ref_type: refType,
    runner_environment: "gitlab-hosted",
    user_email: "user@example.com",
    user_id: "1",
    user_login: "user",
  };
}

/**
 * Kubernetes, "Managing Service Accounts": the token that EKS mounts into a pod; the subject is the pod's service
 * account.
 */
function kubernetesClaims(given: JsonObject, uuid: () => string): JsonObject {
  const sub = text(given, "sub", "system:serviceaccount:default:default");
  const [namespace = "", serviceAccount = ""] = sub.split(":").slice(2);
  return {
    sub,
    "kubernetes.io": {
      namespace,
      pod: { name: `${serviceAccount}-0`, uid: uuid() },
      serviceaccount: { name: serviceAccount, uid: uuid() },
    },
  };
}

function text(given: JsonObject, name: string, preset: string): string {
  const value = given[name];
  return typeof value === "string" ? value : preset;
}
