import { Html } from "./html.ts";
import type { Answer, Json, Redirect } from "./page.ts";

/** A page's answer as JSON can hold it. */
export type KeptAnswer = Redirect | Json | { readonly title?: string; readonly markup: string };

export function keptAnswer(answer: Answer): KeptAnswer {
  if (answer instanceof Html) return { markup: String(answer) };
  return "body" in answer ? { title: answer.title, markup: String(answer.body) } : answer;
}

/** The answer that was kept. */
export function answerKept(kept: KeptAnswer): Answer {
  if (!("markup" in kept)) return kept;
  const body = new Html(kept.markup);
  return kept.title === undefined ? body : { title: kept.title, body };
}
