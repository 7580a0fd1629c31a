import type { Response } from "express";

export type Headers = Readonly<Record<string, string | readonly string[]>>;

type Content =
  | { readonly json: unknown }
  | { readonly body: string | Buffer; readonly type: string }
  | { readonly location: string }
  | { readonly open: (response: Response) => void };

/** What a site sends, once the state that it shows is durable. */
export class Answer {
  readonly status: number;
  readonly #content: Content;
  readonly #headers: Headers;

  private constructor(content: Content, status: number, headers: Headers) {
    this.#content = content;
    this.status = status;
    this.#headers = headers;
  }

  static json(json: unknown, status = 200, headers: Headers = {}): Answer {
    return new Answer({ json }, status, headers);
  }

  /** `type` is a media type, or one of Express's names: `text`, `html`. */
  static of(type: string, body: string | Buffer, status = 200, headers: Headers = {}): Answer {
    return new Answer({ body, type }, status, headers);
  }

  /** A redirect that the client follows by GET. */
  static redirect(location: string, headers: Headers = {}): Answer {
    return new Answer({ location }, 303, headers);
  }

  /** One that stays open: `open` is given it once its head is sent, and ends it. */
  static stream(type: string, open: (response: Response) => void): Answer {
    return new Answer({ open }, 200, { "Content-Type": type });
  }

  send(response: Response): void {
    response.status(this.status);
    setHeaders(this.#headers, response);
    const content = this.#content;
    if ("json" in content) response.json(content.json);
    else if ("open" in content) {
      response.flushHeaders();
      content.open(response);
    } else if ("location" in content) response.redirect(this.status, content.location);
    else response.type(content.type).send(content.body);
  }
}

export function setHeaders(headers: Headers, response: Response): void {
  for (const [name, value] of Object.entries(headers)) response.set(name, value as string | string[]);
}
