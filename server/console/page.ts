import type { Caller } from "../../handlers/caller.ts";
import type { Input, OperationName, Output, RequestFacts } from "../../handlers/operation.ts";
import type { Detail } from "../../signing/detail.ts";
import type { Emulation } from "../emulation.ts";
import type { Options } from "../options.ts";
import { WebError } from "../web/errors.ts";
import type { Html } from "./html.ts";
import type { Memory } from "./memory.ts";

/**
 * A page of the console: a path below /console with its content for GET and the actions of its forms for POST. A
 * refusal that POST throws is shown above the page, which GET renders again with the form as it was filled in.
 */
export type Page = SignedInPage | OpenPage;

/** A page for signed-in users; other visitors are sent to the sign-in first. */
export type SignedInPage = PageFor<SignedInView> & { readonly access: "signed-in" };

/** A page for anyone; those of the emulator itself do not exist while the control plane is off. */
export type OpenPage = PageFor<View> & { readonly access: "anyone" | "emulator" };

interface PageFor<V> {
  /** Below /console, as Express writes it: `/users/:userName`. */
  readonly path: string;
  readonly title: string;
  /** Where the navigation links it; absent if only other pages do. */
  readonly nav?: NavSection;
  /** Whether the emulator was started with what the page is of; it always was where this is absent. */
  readonly isOn?: (options: Options) => boolean;
  /** A card in the middle with nothing around it: for those who are on their way in. */
  readonly card?: true;
  /** Shown even when the state has failed, of which it must then say nothing. */
  readonly afterFailure?: true;
  /** Scripts that the page is better with, each made of a file in client/. */
  readonly scripts?: readonly string[];
  readonly GET: (view: V) => Answer | Promise<Answer>;
  readonly POST?: (view: V) => Answer | Promise<Answer>;
}

export type NavSection = "You" | "IAM" | "Emulator";

/** The content of the page (headed by its title, unless it has its own), a redirect, or data for a script. */
export type Answer = Html | Titled | Redirect | Json;

/** A page whose title depends on its content. */
export interface Titled {
  readonly title: string;
  readonly body: Html;
}

export interface Redirect {
  /** A path on this server. */
  readonly to: string;
  /** What the next page shows first: what has been done. */
  readonly notice?: string | undefined;
  /** The id by which the console knows the browser from now on. */
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
  /** The values of `:name` in the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The fields of the submitted form; empty for GET. */
  readonly form: URLSearchParams;
  /** Part of every form that posts: see `postForm`. */
  readonly csrf: string;
  /** A name that no other form has: see `postForm`. */
  readonly once: () => string;
  /** Whoever has signed in, if anyone has; a role, once they have switched to it. */
  readonly caller?: Caller | undefined;
  /** Where the request came from. */
  readonly from: Omit<RequestFacts, "id" | "region">;
  /** The path with its query, such as `/console/users?page=2`. */
  readonly path: string;
  /** Such as `http://localhost:4593`. */
  readonly origin: string;
  /** The id by which the console knows the browser. */
  readonly visitorId: string;
  /** Sign-ins that have begun or are complete. */
  readonly memory: Memory;
  /** Restores everything to how it was at the start: state, clock, counters, sessions. */
  readonly reset: () => Promise<void>;
}

export interface SignedInView extends View {
  readonly caller: Caller;
  /**
   * Runs an operation as the signed-in principal. Rejects with the WireError of the API, which the page may leave to
   * the console to show.
   */
  readonly call: <N extends OperationName>(name: N, input: Input<N>) => Promise<Output<N>>;
}

/** A refusal by the console itself; operations refuse with WireErrors. */
export class Refused extends WebError {
  /** What went wrong, if the message leaves that open: for the trail only. */
  readonly detail: Detail | undefined;

  constructor(status: number, message: string, detail?: Detail) {
    super("Refused", status, message);
    this.detail = detail;
  }
}

export const noSuchPage = (): Refused => new Refused(404, "There is no such page.");

/** A field of the submitted form; empty if it is absent. */
export const field = ({ form }: View, name: string): string => form.get(name) ?? "";

/**
 * Which of the page's actions the submitted form asks for; their names are those given to `postForm`, and a form
 * without a name has the empty one. Throws Refused for a form that the page does not have.
 */
export function formAction<Action>(actions: Readonly<Record<string, Action>>, view: View): Action {
  const name = field(view, "do");
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action === undefined) throw new Refused(400, "The form does not say what is to be done.");
  return action;
}

/** A field for an operation that distinguishes an absent value from an empty text. */
export const optionalField = (view: View, name: string): string | undefined => field(view, name) || undefined;

/** A field for a whole number; undefined if it is empty. Throws Refused for what is none. */
export function numberField(view: View, name: string): number | undefined {
  const text = field(view, name).trim();
  if (!/^\d*$/.test(text)) throw new Refused(400, `${JSON.stringify(text)} is no whole number.`);
  return text === "" ? undefined : Number(text);
}

/** The lines of a field, without blank ones and without blanks around them. */
export const linesIn = (view: View, name: string): string[] =>
  field(view, name)
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
