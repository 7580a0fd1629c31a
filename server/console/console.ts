import type { Request } from "express";
import type { Emulation } from "../emulation.ts";
import type { Reset } from "../reset.ts";
import { Answer, type Headers } from "../web/answer.ts";
import type { Site } from "../web/site.ts";
import { assetRoutes } from "./assets.ts";
import { sourceOf } from "../source.ts";
import { link } from "./components.ts";
import { csrfTokens } from "./csrf.ts";
import { html, Html } from "./html.ts";
import { layout } from "./layout.ts";
import { memoryOf, newVisitorId } from "./memory.ts";
import { noSuchPage, redirect, Refused, type Answer as PageAnswer, type Page, type View } from "./page.ts";
import { pages } from "./pages.ts";
import { errorSummary, summaryOf, type ErrorSummary } from "./refusals.ts";
import { trailStreamRoutes } from "./trail-stream-route.ts";
import { signedInView, viewOf, type Shared } from "./view.ts";
import { visitorCookie, visitorIdOf } from "./visitor-cookie.ts";

/** How long a notice is kept for the next page. */
const NOTICE_MS = 5 * 60 * 1000;

/** Everything below /console: the sign-in, and the pages for signed-in users. */
export function consoleSite(emulation: Emulation, reset: Reset): Site {
  const shared: Shared = { emulation, reset, csrf: csrfTokens(emulation.random) };
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
    refuse(failure, request) {
      // The answer sets no cookie: browsers send none with another site's form, and a new one would sign the visitor
      // out.
      const { secure } = sourceOf(request, emulation.options);
      const view = viewOf(request, visitorIdOf(request, secure) ?? newVisitorId(emulation.random), shared);
      return present({ answer: html``, error: summaryOf(failure) }, view);
    },
  };
}

/** What is sent: an answer, the page it belongs to, and a refusal to show above it. */
interface Answered {
  readonly answer: PageAnswer;
  readonly page?: Page | undefined;
  readonly error?: ErrorSummary;
}

/** Answers a visitor, whom the console knows by a cookie from the first page on. */
async function visit(page: Page, request: Request, shared: Shared): Promise<Answer> {
  const { secure } = sourceOf(request, shared.emulation.options);
  const known = visitorIdOf(request, secure);
  const view = viewOf(request, known ?? newVisitorId(shared.emulation.random), shared);
  const answered = await answerTo(page, request.method, view, shared).catch((cause: unknown): Answered => ({
    answer: html``,
    page,
    error: errorSummary(cause),
  }));
  const { visitorId = view.visitorId } = answered.answer as { readonly visitorId?: string };
  const cookie: Headers = visitorId === known ? {} : { "Set-Cookie": visitorCookie(visitorId, request, secure) };
  // If this was a reset, the memory that the view began with has ended.
  return present(answered, { ...view, visitorId, memory: memoryOf(shared.emulation) }, cookie);
}

async function answerTo(page: Page, method: string, view: View, { csrf }: Shared): Promise<Answered> {
  if (page.access === "emulator" && !view.emulation.options.control) {
    throw new Refused(404, "The pages of the emulator are off; it was started with --no-control.");
  }
  const actions = actionsOf(page, view);
  if (!actions) return { answer: redirect(signInPath(method, view)) };
  const { GET, POST } = actions;
  if (method === "GET" || method === "HEAD") return { answer: await GET(), page };
  if (method !== "POST" || !POST) throw new Refused(405, "This page cannot be asked for in that way.");
  if (!csrf.isRight(view.visitorId, view.form.get("csrf") ?? "")) {
    throw new Refused(403, "The form was not sent by this page, or is too old. Reload the page and try again.");
  }
  try {
    return { answer: await POST(), page };
  } catch (cause) {
    // Shows the page again with the form as it was filled in. If the page cannot be shown either, only the refusal is.
    const again = await GET().catch(() => html``);
    return { answer: again instanceof Html || "body" in again ? again : html``, page, error: errorSummary(cause) };
  }
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

const signInPath = (method: string, { path }: View): string =>
  method === "GET" ? `/console/sign-in?next=${encodeURIComponent(path)}` : "/console/sign-in";

function present({ answer, page, error }: Answered, view: View, cookie: Headers = {}): Answer {
  const { emulation, memory, visitorId } = view;
  // The request may have moved the clock.
  const now = emulation.clock.now();
  if ("to" in answer) {
    const { to, notice } = answer;
    if (notice !== undefined) memory.notices.set(visitorId, { text: notice, expiresAt: now + NOTICE_MS });
    return Answer.redirect(to, cookie);
  }
  if ("json" in answer) return Answer.json(answer.json, 200, cookie);
  const notice = memory.notices.get(visitorId, now)?.text;
  memory.notices.delete(visitorId);
  const { title, body } = answer instanceof Html ? { title: titleOf(page, error), body: orWayOut(answer) } : answer;
  const content = { title, body, notice, error, scripts: page?.scripts };
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
