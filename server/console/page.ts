import type { Caller } from "../../handlers/caller.ts";
import type { Input, OperationName, Output, RequestFacts } from "../../handlers/operation.ts";
import type { Detail } from "../../signing/detail.ts";
import type { Emulation } from "../emulation.ts";
import { WebError } from "../web/errors.ts";
import type { Html } from "./html.ts";
import type { Memory } from "./memory.ts";

/**
 * A page of the console: one path below /console, shown by GET, and what its forms do by POST. What POST throws as a refusal
 * is shown above the page, which GET shows again with the form as it was filled in.
 */
export type Page = SignedInPage | OpenPage;

/** A page for those who have signed in; all others are sent to the sign-in first. */
export type SignedInPage = PageFor<SignedInView> & { readonly access: "signed-in" };

/** A page for anyone; those of the emulator itself are gone while the control plane is off. */
export type OpenPage = PageFor<View> & { readonly access: "anyone" | "emulator" };

interface PageFor<V> {
  /** Below /console, as Express writes it: `/users/:userName`. */
  readonly path: string;
  readonly title: string;
  /** Where the navigation shows a link to it; absent for pages that others lead to. */
  readonly nav?: NavSection;
  /** Shown even when the state has failed, of which it must then say nothing. */
  readonly afterFailure?: true;
  /** Scripts from assets/ that the page is better with. */
  readonly scripts?: readonly string[];
  readonly GET: (view: V) => Answer | Promise<Answer>;
  readonly POST?: (view: V) => Answer | Promise<Answer>;
}

export type NavSection = "You" | "IAM" | "Emulator";

/** The content of the page (its heading is the title, unless it has one of its own), or somewhere to go, or data for a script. */
export type Answer = Html | Titled | Redirect | Json;

/** A page whose title depends on what it shows. */
export interface Titled {
  readonly title: string;
  readonly body: Html;
}

export interface Redirect {
  /** A path on this server. */
  readonly to: string;
  /** What the next page says first: what has been done. */
  readonly notice?: string | undefined;
  /** The id by which the browser is known from now on. */
  readonly visitorId?: string;
}

export interface Json {
  readonly json: unknown;
}

export const redirect = (to: string, notice?: string): Redirect => ({ to, notice });

/** One request to a page. */
export interface View {
  readonly emulation: Emulation;
  /** Milliseconds, on the emulator's clock; read once per request. */
  readonly now: number;
  /** What `:name` in the path stands for. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The fields of the form that was sent; empty with GET. */
  readonly form: URLSearchParams;
  /** Stands in every form that posts: see `postForm`. */
  readonly csrf: string;
  /** Whoever has signed in, if anyone has; a role, once they have switched to it. */
  readonly caller?: Caller | undefined;
  /** Where the request came from. */
  readonly from: Omit<RequestFacts, "id" | "region">;
  /** The path with its query, such as `/console/users?page=2`. */
  readonly path: string;
  /** Such as `http://localhost:4593`. */
  readonly origin: string;
  /** The id by which the browser is known. */
  readonly visitorId: string;
  /** Sign-ins that are under way or done. */
  readonly memory: Memory;
  /** Everything as at start: state, clock, counters, sessions. */
  readonly reset: () => Promise<void>;
}

export interface SignedInView extends View {
  readonly caller: Caller;
  /** Runs an operation as the one who has signed in. Rejects with the WireError of the API, which the page may leave to the console to show. */
  readonly call: <N extends OperationName>(name: N, input: Input<N>) => Promise<Output<N>>;
}

/** A refusal that is the console's own; those of operations are WireErrors. */
export class Refused extends WebError {
  /** What went wrong, where the message leaves that open: for the trail alone. */
  readonly detail: Detail | undefined;

  constructor(status: number, message: string, detail?: Detail) {
    super("Refused", status, message);
    this.detail = detail;
  }
}

export const noSuchPage = (): Refused => new Refused(404, "There is no such page.");

/** A field of the form that was sent; empty where it is not there. */
export const field = ({ form }: View, name: string): string => form.get(name) ?? "";

/**
 * What the form that was sent asks for, out of what the page's forms do by the names that `postForm` gives them; that of a
 * form without one is empty. Throws Refused for a form that the page does not have.
 */
export function formAction<Action>(actions: Readonly<Record<string, Action>>, view: View): Action {
  const name = field(view, "do");
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new Refused(400, "The form does not say what is to be done.");
  return action;
}

/** A field whose absence an operation tells from an empty text. */
export const optionalField = (view: View, name: string): string | undefined => field(view, name) || undefined;
