import { href } from "./components.ts";
import { Refused, type SignedInView } from "./page.ts";

/** Whose security credentials a page is about: the signed-in user's own, or another user's. */
export interface Subject {
  /** Absent for root, who has no user name. */
  readonly userName?: string | undefined;
  readonly self: boolean;
  /** The path of the page with all their security credentials. */
  readonly home: string;
}

/**
 * The signed-in principal, unless `?user=` names somebody else. Throws Refused for principals without credentials of
 * their own.
 */
export function subjectOf({ caller: { principal }, query }: SignedInView): Subject {
  const userName = query.get("user") ?? undefined;
  const own = principal.type === "user" ? principal.name : undefined;
  if (userName !== undefined && userName.toLowerCase() !== own?.toLowerCase()) return otherUser(userName);
  if (own === undefined && principal.type !== "root") {
    throw new Refused(
      400,
      "A role session has no security credentials of its own. Switch back to see those that you signed in with.",
    );
  }
  return { userName: own, self: true, home: "/console/security-credentials" };
}

export const otherUser = (userName: string): Subject => ({
  userName,
  self: false,
  home: href`/console/users/${userName}/security-credentials`,
});

/** The query that passes the subject to another page, with further parameters. */
export function subjectQuery({ userName, self }: Subject, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({ ...(!self && userName !== undefined && { user: userName }), ...more }).toString();
  return query && `?${query}`;
}

/** The subject within a sentence. */
export const nameOf = ({ userName }: Subject): string => userName ?? "the root user";

/** The input for an operation that takes a user name, or is about root if there is none. */
export const named = ({ userName }: Subject) => (userName === undefined ? {} : { UserName: userName });
