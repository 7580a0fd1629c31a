import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from "express";
import type { Store } from "../../data/store.ts";
import { Answer, setHeaders, type Headers } from "./answer.ts";
import { Forbidden, WebError } from "./errors.ts";
import { failureOf, type Failure } from "./failure.ts";
import type { Guard } from "./guard.ts";
import { queryParameters } from "./input.ts";
import type { BodyRule, Method, Methods, Routes } from "./routes.ts";

/** Where a site is and what all its answers share: `SITES` in server/sites.ts. */
export interface SiteAddress {
  /** Its name in the log, such as `the console`. */
  readonly name: string;
  /** The prefixes of its paths, such as `/console`. */
  readonly at: readonly string[];
  /** The paths below that belong to the site, if not all do. */
  readonly only?: readonly string[];
  readonly headers: Headers;
}

/** What a site answers. The router of all sites checks host and origin before, and waits for durability after. */
export interface Site {
  readonly body?: BodyRule;
  /** Whether a route that does not name its query parameters (`asks`) has none, so that any parameter is refused. */
  readonly refusesUnknownParameters?: true;
  /** Throws if the site is off. */
  readonly admit?: (request: Request) => void;
  readonly routes: Routes;
  /** What to throw if there is no route; `methods` are those that the path has. */
  readonly missing: (request: Request, methods: readonly string[]) => Error;
  /** The format of the site's errors. */
  readonly refuse: (failure: Failure, request: Request) => Answer | Promise<Answer>;
}

const METHODS: ReadonlySet<string> = new Set<Method>(["DELETE", "GET", "POST", "PUT"]);

/** Links use GET, which changes nothing except at the Query endpoint. Pages of other origins have no access. */
const WELCOME = { links: true, origins: false };

const READERS = {
  "any text": (limit: string) => express.text({ type: () => true, limit }),
  form: (limit: string) => express.text({ type: "application/x-www-form-urlencoded", limit }),
  JSON: (limit: string) => express.json({ limit }),
} satisfies Record<BodyRule["type"], (limit: string) => RequestHandler>;

/** Serves a site: guard, admission, body, route, durability, answer, and errors in the site's form. */
export function siteRouter({ name, headers }: SiteAddress, site: Site, guard: Guard, store: Store): Router {
  const router = express.Router();
  router.use(async (request, response, next) => {
    setHeaders(headers, response);
    const foreign = guard.whyForeign(request.headers, WELCOME);
    if (foreign !== undefined) throw Forbidden(foreign);
    await store.fresh()?.catch((cause: unknown) => (response.locals["stale"] = cause));
    site.admit?.(request);
    next();
  });
  const routes = Object.entries(site.routes);
  const mountAll = (isUnread: boolean) => {
    for (const [path, methods] of routes) {
      if ((methods.body === "unread") === isUnread) mount(router, path, methods, site, store);
    }
  };
  mountAll(true);
  for (const [path, { body }] of routes) if (body !== undefined && body !== "unread") router.use(path, reader(body));
  if (site.body) router.use(reader(site.body));
  mountAll(false);
  router.use((request, response) => {
    const methods = methodsAt(response);
    const error = site.missing(request, methods);
    if (error instanceof WebError && error.status === 405) response.set("Allow", methods.join(", "));
    throw error;
  });
  // Express recognises an error handler by its four parameters.
  router.use(async (cause: unknown, request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(cause);
    const refuse = (thrown: unknown) => site.refuse(failureOf(thrown, name), request);
    (await settled(() => refuse(cause), store).catch(refuse)).send(response);
  });
  return router;
}

function mount(router: Router, path: string, methods: Methods, site: Site, store: Store): void {
  router.all(path, async (request, response, next) => {
    const method = request.method === "HEAD" ? "GET" : request.method;
    const route = (Object.hasOwn(methods, method) ? methods[method as Method] : undefined) ?? methods.ANY;
    if (!route) {
      methodsAt(response).push(...Object.keys(methods).filter((key) => METHODS.has(key)));
      return next();
    }
    const isStrict = site.refusesUnknownParameters && !methods.anyParameters;
    if (isStrict && route.parameters === undefined) queryParameters(request, []);
    const make = async () => answerOf(await route(request));
    const { stale } = response.locals;
    if (stale !== undefined && !methods.afterFailure) throw stale;
    const answer = await (methods.afterFailure && (stale ?? store.failure) ? make() : settled(make, store));
    answer.send(response);
  });
}

/** The answer, once the state that it shows is durable. */
async function settled(make: () => Answer | Promise<Answer>, store: Store): Promise<Answer> {
  const answer = await make();
  await store.durable();
  return answer;
}

const answerOf = (value: unknown): Answer => (value instanceof Answer ? value : Answer.json(value));

const reader = ({ type, limit }: BodyRule): RequestHandler => READERS[type](limit);

/** The methods of the path's routes, none of which is the request's. */
function methodsAt({ locals }: Response): string[] {
  return (locals["methods"] ??= []) as string[];
}
