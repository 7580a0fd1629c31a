import type { Request } from "express";

/**
 * What answers a request: it returns an Answer, or anything else to be sent as JSON, or throws a WebError or a WireError.
 * Nothing is sent before the state that it saw is durable.
 */
export type Route = (request: Request) => unknown;

export type Method = "DELETE" | "GET" | "POST" | "PUT";

/** What is read of a body: text or a form as text, JSON as what it says; of other types, nothing. */
export interface BodyRule {
  readonly type: "any text" | "form" | "JSON";
  /** Such as `4mb`. */
  readonly limit: string;
}

/** What answers at one path, by method; `ANY` stands for all of them, and GET for HEAD. */
export interface Methods extends Readonly<Partial<Record<Method | "ANY", Route>>> {
  /** Where it differs from the site's; a body that is unread is passed over, whatever it is. */
  readonly body?: BodyRule | "unread";
  /** Also answered when the state has failed, of which the answer must then say nothing. */
  readonly afterFailure?: true;
}

/** By path, as Express writes it, in the order in which they are tried. */
export type Routes = Readonly<Record<string, Methods>>;
