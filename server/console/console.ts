import type { Request } from "express";
import type { Emulation } from "../emulation.ts";
import type { Reset } from "../reset.ts";
import { Answer, type Headers } from "../web/answer.ts";
import type { Site } from "../web/site.ts";
import { assetRoutes } from "./assets.ts";
import { sourceOf } from "../source.ts";
import { link } from "./components.ts";
import { csrfTokens, type CsrfTokens } from "./csrf.ts";
import { keepDraft, withDraft } from "./drafts.ts";
import { html, Html } from "./html.ts";
import { answerKept, keptAnswer, type KeptAnswer } from "./kept-answer.ts";
import { layout } from "./layout.ts";
import { newVisitorId } from "./memory.ts";
import {
  noSuchPage,
  redirect,
  Refused,
  type Answer as PageAnswer,
  type Page,
  type Redirect,
  type View,
} from "./page.ts";
import { pages } from "./pages.ts";
import { errorSummary, summaryOf, type ErrorSummary } from "./refusals.ts";
import { Submissions } from "./submissions.ts";
import { trailStreamRoutes } from "./trail-stream-route.ts";
import { signedInView, viewOf, type Shared } from "./view.ts";
import { visitorCookie, visitorIdOf } from "./visitor-cookie.ts";

/** How long a notice is kept for the next page. */
const NOTICE_MS = 5 * 60 * 1000;
/** As long as a session lasts. */
const SESSION_MS = 12 * 60 * 60 * 1000;

/** Everything below /console: the sign-in, and the pages for signed-in users. */
export function consoleSite(emulation: Emulation, reset: Reset): Site {
  const shared: Shared = { emulation, reset, csrf: csrfTokens(emulation) };
  return {
    // Large enough for policies, certificates and seed lists.
    body: { type: "form", limit: "1mb" },
    routes: {
      ...assetRoutes,
      ...trailStreamRoutes(emulation),
      ...Object.fromEntries(
        pages.map((page) => [
          page.path,
          { ...(page.afterFailure && { afterFailure: true }), ANY: (request: Request) => visit(page, request, shared) },
        ]),
      ),
    },
    missing: noSuchPage,
    async refuse(failure, request) {
      // The answer sets no cookie: browsers send none with another site's form, and a new one would sign the visitor
      // out.
      const { secure } = sourceOf(request, emulation.options);
      const view = await viewOf(request, visitorIdOf(request, secure) ?? newVisitorId(emulation.random), shared);
      return present({ answer: html``, error: summaryOf(failure) }, view);
    },
  };
}

/** What is sent: an answer, the page it belongs to, and a refusal to show above it. */
interface Answered {
  readonly answer: PageAnswer;
  readonly page?: Page | undefined;
  readonly error?: ErrorSummary;
  /** What the page says first, where nothing else is to be said. */
  readonly notice?: string | undefined;
  /** The address of a refused form's page as it was filled in. */
  readonly again?: string;
}

/** Answers a visitor, whom the console knows by a cookie from the first page on. */
async function visit(page: Page, request: Request, shared: Shared): Promise<Answer> {
  const { secure } = sourceOf(request, shared.emulation.options);
  const known = visitorIdOf(request, secure);
  const view = await viewOf(request, known ?? newVisitorId(shared.emulation.random), shared);
  const answered = await answerTo(page, request.method, view, shared).catch((cause: unknown): Answered => ({
    answer: html``,
    page,
    error: errorSummary(cause),
  }));
  const { visitorId = view.visitorId } = answered.answer as { readonly visitorId?: string };
  if (known !== undefined && visitorId !== known) await rememberFormer(known, visitorId, view);
  const cookie: Headers = visitorId === known ? {} : { "Set-Cookie": visitorCookie(visitorId, request, secure) };
  return present(answered, { ...view, visitorId }, cookie);
}

async function answerTo(page: Page, method: string, asked: View, { csrf }: Shared): Promise<Answered> {
  const { view, notice } = method === "POST" ? { view: asked } : withDraft(asked);
  if (page.access === "emulator" && !view.emulation.options.control) {
    throw new Refused(404, "The pages of the emulator are off; it was started with --no-control.");
  }
  const actions = actionsOf(page, view);
  if (!actions) return { answer: await toSignIn(method, view, csrf) };
  const { GET, POST } = actions;
  if (method === "GET" || method === "HEAD") return { answer: await GET(), page, notice };
  if (method !== "POST" || !POST) throw new Refused(405, "This page cannot be asked for in that way.");
  const refusedAs = async (error: ErrorSummary): Promise<Answered> => ({
    answer: await shownAgain(GET),
    page,
    error,
    // Nothing is kept for whoever has not signed in: it would take the place of what others typed.
    again: (page.access === "signed-in" ? await keepDraft(view, REFUSED_NOTICE) : undefined) ?? view.path,
  });
  const token = view.form.get("csrf") ?? "";
  if (!csrf.isRight(view.visitorId, token)) {
    if (isOfFormer(token, view, csrf)) return refusedAs(SOMEBODY_ELSE);
    throw new Refused(403, "The form was not sent by this page, or is too old. Reload the page and try again.");
  }
  const act = async (): Promise<Answered> => {
    try {
      return { answer: await POST(), page };
    } catch (cause) {
      return refusedAs(errorSummary(cause));
    }
  };
  return page.access === "anyone" ? act() : done(page, view, act);
}

/** What a form was answered with. */
interface KeptPage {
  readonly answer: KeptAnswer;
  readonly error?: ErrorSummary;
  readonly again?: string;
}

/** The answer of `act`, or of the first of two forms that are the same. */
async function done(page: Page, view: View, act: () => Promise<Answered>): Promise<Answered> {
  const kept = await new Submissions<KeptPage>(view.emulation).once(view, async () => {
    const { answer, error, again } = await act();
    return { answer: keptAnswer(answer), ...(error && { error }), ...(again !== undefined && { again }) };
  });
  if (!kept) return { answer: redirect(view.path, SENT_TWICE), page };
  return { ...kept, answer: answerKept(kept.answer), page };
}

const SENT_TWICE =
  "The form was sent twice, and what has become of the first one is not known yet. Look whether it is done before you send it again.";

/** The page again, with the form as it was filled in; where it cannot be shown either, nothing. */
async function shownAgain(GET: Actions["GET"]): Promise<PageAnswer> {
  const again = await GET().catch(() => html``);
  return again instanceof Html || "body" in again ? again : html``;
}

const REFUSED_NOTICE = "This is what you typed. When it was sent, it was refused.";
const ENDED_NOTICE = "This is what you typed before your session ended. Nothing of it has been done yet.";

const SOMEBODY_ELSE: ErrorSummary = {
  status: 409,
  message:
    "Nothing was done: since this page was loaded, somebody has signed in or out in another tab. See at the top who you are now, and send the form again if that is right.",
};

/** A sign-out and a sign-in with MFA give three new ids; whoever does that more often meanwhile is asked to reload the page. */
const FORMER_IDS = 12;

/** Whether a form was made for this browser before it signed in or out, however often. */
function isOfFormer(token: string, { memory, visitorId, now }: View, csrf: CsrfTokens): boolean {
  let id = visitorId;
  for (let steps = 0; steps < FORMER_IDS; steps++) {
    const former = memory.formerIds.get(id, now);
    if (!former) return false;
    if (csrf.isRight(former.id, token)) return true;
    id = former.id;
  }
  return false;
}

/** Where whoever has to sign in first is sent, and what they are told. What they typed waits for them, if the form was the console's. */
async function toSignIn(method: string, view: View, csrf: CsrfTokens): Promise<Redirect> {
  const { path, visitorId, form } = view;
  if (method !== "POST") return redirect(signInPath(path));
  const token = form.get("csrf") ?? "";
  const isOwn = csrf.isRight(visitorId, token) || isOfFormer(token, view, csrf);
  const kept = isOwn ? await keepDraft(view, ENDED_NOTICE) : undefined;
  const after =
    kept === undefined
      ? "Nothing was done."
      : "Nothing was done, and what you typed, but for passwords and codes, will be there again.";
  return redirect(signInPath(kept ?? path), `Your session has ended. Sign in to come back to the page. ${after}`);
}

interface Actions {
  readonly GET: () => Promise<PageAnswer>;
  readonly POST?: () => Promise<PageAnswer>;
}

/** What the page can do for this visitor; undefined if they have to sign in first. */
function actionsOf(page: Page, view: View): Actions | undefined {
  if (page.access !== "signed-in") return bind(page.GET, page.POST, view);
  const signedIn = signedInView(view);
  return signedIn && bind(page.GET, page.POST, signedIn);
}

function bind<V>(
  get: (view: V) => PageAnswer | Promise<PageAnswer>,
  post: ((view: V) => PageAnswer | Promise<PageAnswer>) | undefined,
  view: V,
): Actions {
  return { GET: async () => get(view), ...(post && { POST: async () => post(view) }) };
}

const signInPath = (next: string): string => `/console/sign-in?next=${encodeURIComponent(next)}`;

/** Pages that other tabs have open were made for the former id. */
async function rememberFormer(id: string, visitorId: string, { memory, now }: View): Promise<void> {
  await memory.formerIds.set(visitorId, { id, expiresAt: now + SESSION_MS });
}

async function present(
  { answer, page, error, notice: own, again }: Answered,
  view: View,
  cookie: Headers = {},
): Promise<Answer> {
  const { emulation, memory, visitorId } = view;
  // The request may have moved the clock.
  const now = emulation.clock.now();
  if ("to" in answer) {
    const { to, notice } = answer;
    if (notice !== undefined) await memory.notices.set(visitorId, { text: notice, expiresAt: now + NOTICE_MS });
    return Answer.redirect(to, cookie);
  }
  if ("json" in answer) return Answer.json(answer.json, 200, cookie);
  const kept = emulation.store.failure ? undefined : await memory.notices.take(visitorId, now);
  const notice = kept?.text ?? own;
  const { title, body } = answer instanceof Html ? { title: titleOf(page, error), body: orWayOut(answer) } : answer;
  const content = { title, body, notice, error, scripts: page?.scripts, again };
  return Answer.of("html", String(layout(content, view, pages, page)), error?.status, cookie);
}

/** Where a page has nothing to show, a way out. */
const orWayOut = (body: Html): Html =>
  String(body) === "" ? html`<p>${link("/console", "To the dashboard")}</p>` : body;

/** Of a page that does not say so itself. */
function titleOf(page: Page | undefined, error: ErrorSummary | undefined): string {
  if (error?.status === 404) return "Not found";
  return page?.title ?? "Not done";
}
