import express, { type NextFunction, type Request, type Response, type Router } from "express";
import type { Emulation } from "../emulation.ts";
import { Guard } from "../web/guard.ts";
import { assetRouter } from "./assets.ts";
import { csrfTokens } from "./csrf.ts";
import { refuseForeign, securityHeaders } from "./guard.ts";
import { html, Html } from "./html.ts";
import { layout } from "./layout.ts";
import { memoryOf, newVisitorId } from "./memory.ts";
import { redirect, Refused, type Answer, type Page, type View } from "./page.ts";
import { pages } from "./pages.ts";
import { errorSummary, type ErrorSummary } from "./refusals.ts";
import { signedInView, viewOf, type Shared } from "./view.ts";
import { giveVisitorId, visitorIdOf } from "./visitor-cookie.ts";

/** Policies, certificates and seed lists fit. */
const BODY_LIMIT = "1mb";
/** How long what the next page is to say waits for it. */
const NOTICE_MS = 5 * 60 * 1000;

/** Everything below /console: the sign-in, and what those who have signed in can see and do. */
export function consoleRouter(emulation: Emulation, reset: () => Promise<void>): Router {
  const shared: Shared = { emulation, reset, memory: memoryOf(emulation), csrf: csrfTokens(emulation.random) };
  const router = express.Router();
  router.use(securityHeaders);
  router.use(refuseForeign(new Guard(emulation)));
  router.use("/assets", assetRouter());
  router.use(express.text({ type: "application/x-www-form-urlencoded", limit: BODY_LIMIT }));
  for (const page of pages) {
    router.all(page.path, async (request, response) => {
      const view = visit(request, response, shared);
      const answered = await answerTo(page, request.method, view, shared).catch((cause: unknown) =>
        refused(cause, page),
      );
      // A reset has ended the memory that the view began with.
      await send(answered, { ...view, memory: shared.memory() }, request, response);
    });
  }
  router.use(() => {
    throw new Refused(404, "There is no such page.");
  });
  // Express knows an error handler by its four parameters.
  router.use(async (cause: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(cause);
    // Without a cookie: browsers send none with another site's form, and one in the answer would sign the visitor out.
    const id = visitorIdOf(request) ?? newVisitorId(emulation.random);
    await send(refused(cause), viewOf(request, id, shared), request, response);
  });
  return router;
}

/** What is sent: an answer, the page that it is of, and above it what was refused. */
interface Answered {
  readonly answer: Answer;
  readonly page?: Page | undefined;
  readonly error?: ErrorSummary;
}

const refused = (cause: unknown, page?: Page): Answered => ({ answer: html``, page, error: errorSummary(cause) });

/** The request of a visitor, who is known by a cookie from the first page on. */
function visit(request: Request, response: Response, shared: Shared): View {
  const known = visitorIdOf(request);
  const id = known ?? newVisitorId(shared.emulation.random);
  if (known === undefined) giveVisitorId(id, request, response);
  return viewOf(request, id, shared);
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
    // The page again, with the form as it was filled in; where it cannot be shown either, the refusal alone.
    const again = await GET().catch(() => html``);
    return { answer: again instanceof Html || "body" in again ? again : html``, page, error: errorSummary(cause) };
  }
}

interface Actions {
  readonly GET: () => Promise<Answer>;
  readonly POST?: () => Promise<Answer>;
}

/** What the page can do for this visitor; undefined where they have to sign in first. */
function actionsOf(page: Page, view: View): Actions | undefined {
  if (page.access !== "signed-in") return bind(page.GET, page.POST, view);
  const signedIn = signedInView(view);
  return signedIn && bind(page.GET, page.POST, signedIn);
}

function bind<V>(
  get: (view: V) => Answer | Promise<Answer>,
  post: ((view: V) => Answer | Promise<Answer>) | undefined,
  view: V,
): Actions {
  return { GET: async () => get(view), ...(post && { POST: async () => post(view) }) };
}

const signInPath = (method: string, { path }: View): string =>
  method === "GET" ? `/console/sign-in?next=${encodeURIComponent(path)}` : "/console/sign-in";

/** Sends it once the state that it tells of is durable; what is no page tells of none. */
async function send(
  { answer, page, error }: Answered,
  view: View,
  request: Request,
  response: Response,
): Promise<void> {
  const { emulation, memory } = view;
  // What was done may have moved the clock.
  const now = emulation.clock.now();
  if (page && !(page.afterFailure && emulation.store.failure)) await emulation.store.durable();
  if ("to" in answer) {
    const { to, notice, visitorId = view.visitorId } = answer;
    if (visitorId !== view.visitorId) giveVisitorId(visitorId, request, response);
    if (notice !== undefined) memory.notices.set(visitorId, { text: notice, expiresAt: now + NOTICE_MS });
    response.redirect(303, to);
    return;
  }
  if ("json" in answer) {
    response.json(answer.json);
    return;
  }
  const notice = memory.notices.get(view.visitorId, now)?.text;
  memory.notices.delete(view.visitorId);
  const { title, body } = answer instanceof Html ? { title: page?.title ?? "Not done", body: answer } : answer;
  const content = { title, body, notice, error, scripts: page?.scripts };
  response
    .status(error?.status ?? 200)
    .type("html")
    .send(String(layout(content, view, pages, page?.path)));
}
