import type { Request } from "express";

/** What answers one method of one path: it returns the JSON of the answer, or throws a ControlError or a WireError. */
export type Route = (request: Request) => unknown;

/** Routes by path (as Express writes it) and method. */
export type Routes = Readonly<Record<string, Readonly<Partial<Record<"DELETE" | "GET" | "POST" | "PUT", Route>>>>>;
