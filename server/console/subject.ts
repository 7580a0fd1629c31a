import { href } from "./components.ts";
import { Refused, type SignedInView } from "./page.ts";

/** Whose security credentials a page is about: those of the one who has signed in, or of another user. */
export interface Subject {
  /** Absent for root, who has none. */
  readonly userName?: string | undefined;
  readonly self: boolean;
  /** The page of all their security credentials. */
  readonly home: string;
}

/** One's own, unless `?user=` names somebody else. Throws Refused for those who have no credentials of their own. */
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

/** The query that takes the subject along to another page, with more in it. */
export function subjectQuery({ userName, self }: Subject, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams({ ...(!self && userName !== undefined && { user: userName }), ...more }).toString();
  return query && `?${query}`;
}

/** Whose they are, within a sentence. */
export const nameOf = ({ userName }: Subject): string => userName ?? "the root user";

/** The input of an operation that takes the name of a user, or, with none, is about root. */
export const named = ({ userName }: Subject) => (userName === undefined ? {} : { UserName: userName });
