import type { Request } from "express";
import { queryParameters } from "./input.ts";

/**
 * Answers a request: returns an Answer, or anything else to be sent as JSON, or throws a WebError or a WireError.
 * Nothing is sent before the state that it saw is durable.
 */
export type Route = ((request: Request) => unknown) & {
  /** The names of the query parameters that it reads: `asks`. */
  readonly parameters?: readonly string[];
};

/**
 * A route that gets the query parameters with these names, each at most once; others are refused with InvalidRequest.
 */
export const asks = <N extends string>(
  names: readonly N[],
  route: (parameters: Readonly<Partial<Record<N, string>>>, request: Request) => unknown,
): Route => Object.assign((request: Request) => route(queryParameters(request, names), request), { parameters: names });

export type Method = "DELETE" | "GET" | "POST" | "PUT";

/** What is read of a body: text or a form as text, JSON as its value; bodies of other types are not read. */
export interface BodyRule {
  readonly type: "any text" | "form" | "JSON";
  /** Such as `4mb`. */
  readonly limit: string;
}

/** The routes of one path, by method; `ANY` stands for all of them, and GET also for HEAD. */
export interface Methods extends Readonly<Partial<Record<Method | "ANY", Route>>> {
  /** If it differs from the site's; an "unread" body is ignored. */
  readonly body?: BodyRule | "unread";
  /** Whether query parameters of any name are ignored, since probes add their own. */
  readonly anyParameters?: true;
  /** Also answered if the state has failed; the answer must then not read the state. */
  readonly afterFailure?: true;
}

/** By path, in Express's notation, in the order in which they are tried. */
export type Routes = Readonly<Record<string, Methods>>;
