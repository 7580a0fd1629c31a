import { CannotMap } from "../../gate/cannot-map.ts";
import { readAddress } from "../../gate/s3/address.ts";
import { readUploadForm } from "../../gate/s3/form.ts";
import { checkPostLength, checkPostPolicy } from "../../signing/post-policy.ts";
import type { PostFields, PostSignature } from "../../signing/post-signature.ts";
import { header } from "../../signing/signed-request.ts";
import { SigningError } from "../../signing/signing-error.ts";
import type { GateHead } from "./engine.ts";

/** An upload to S3 by a form, which is signed in its fields. */
export interface Upload {
  /** Those before the file, with the file's name in the key. */
  readonly fields: PostFields;
  readonly bucket: string;
  /** Bytes of the file. */
  readonly size: number;
}

/**
 * Reads the form of an upload. Throws a SigningError in S3's words, also where anything follows the file: S3 would not look at it, and
 * others might.
 */
export function readUpload({ target, rawHeaders }: GateHead, body: Uint8Array): Upload {
  try {
    const { bucket } = readAddress(header(rawHeaders, "host") ?? "", target.split("?", 1)[0]!);
    const { fields, filename, size } = readUploadForm(body, header(rawHeaders, "content-type") ?? "");
    if (size === undefined) throw new CannotMap("The request's form does not end with its file.");
    const filled = Array.from(fields, ([name, value]) => {
      return [name, name === "key" ? value.replaceAll("${filename}", () => filename) : value] as const;
    });
    return { fields: filled, bucket: bucket ?? "", size };
  } catch (cause) {
    if (!(cause instanceof CannotMap)) throw cause;
    const message = "The body of your POST request is not well-formed multipart/form-data.";
    throw new SigningError("MalformedPOSTRequest", 400, message, cause.message);
  }
}

/** Whether the form is one that its policy allows. `now` is in milliseconds. Throws a SigningError in S3's words. */
export function checkUpload({ fields, bucket, size }: Upload, post: PostSignature, now: number): void {
  checkPostLength(size, checkPostPolicy(post, fields, bucket, now));
}
