import { remembered } from "../../signing/remembered.ts";
import { ambiguous, CannotMap } from "../cannot-map.ts";
import { decodePath } from "../target.ts";

// Where S3's bucket and key stand: in the path, or the bucket in the host.

export interface Address {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** The path in path style, for forwarding; absent where it is the request's own. */
  readonly path?: string | undefined;
}

const BUCKET = /^[A-Za-z\d][\w.-]{1,254}$/;
/** Hosts below which buckets have names: AWS's own, those that clients make of endpoints on this machine, and LocalStack's. */
const BUCKET_HOST =
  /^(.+?)\.(?:s3(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.(?:localhost|amazonaws\.com(?:\.cn)?|(?:[a-z]{2}(?:-[a-z]+)+-\d\.)?localhost\.localstack\.cloud)|localhost)$/i;
/** Hosts of other kinds of S3 than buckets. */
const OTHER_HOST = /(?:^|\.)s3-(?:accesspoint|control|object-lambda|outposts|website)\b|s3express|\.mrap\./i;
/** The services' own hosts on this machine, such as `s3.localhost`, which are no buckets. */
const SERVICE_HOST = /^s3(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?$/i;

/**
 * Reads the address of a request. A bucket in the host is put into the path, so that the service behind the gate cannot read
 * another from the same request. Throws CannotMap for what servers read in different ways.
 */
export function readAddress(host: string, path: string): Address {
  const { bucket } = bucketIn(host);
  if (bucket === undefined) return inPath(path);
  if (bucket !== bucket.toLowerCase()) throw ambiguous("the bucket in its host is not in lower case");
  return { ...inPath(`/${bucket}${path === "/" ? "" : path}`), path: `/${bucket}${path}` };
}

/** The bucket that a host names. Throws CannotMap for hosts of another kind. */
const bucketIn = remembered((host): { readonly bucket?: string } => {
  const name = host.replace(/:\d+$/, "");
  if (OTHER_HOST.test(name)) throw new CannotMap(`The gate maps buckets and their objects only, and not ${name}.`);
  const [, bucket] = BUCKET_HOST.exec(name) ?? [];
  return bucket === undefined || SERVICE_HOST.test(bucket) ? {} : { bucket };
});

function inPath(path: string): Address {
  if (path === "/") return { bucket: undefined, key: undefined };
  const slash = path.indexOf("/", 1);
  const bucket = bucketName(slash < 0 ? path.slice(1) : path.slice(1, slash));
  const rest = slash < 0 ? "" : path.slice(slash + 1);
  return { bucket, key: rest === "" ? undefined : objectKey(decodePath(rest)) };
}

/** Where S3 Control, moto and MinIO have paths of another kind. */
const OTHER_PATHS = /^(?:v\d{8}|moto-api|minio)$/i;

/** Throws CannotMap for what is no bucket: an access point, or nothing that S3 has. */
export function bucketName(name: string): string {
  if (!BUCKET.test(name) || name.includes("..") || OTHER_PATHS.test(name)) {
    throw new CannotMap(`The gate maps buckets by their names only, and ${name.slice(0, 128)} is none.`);
  }
  return name;
}

/** Throws CannotMap for keys with segments of dots, which S3 takes as they are and others take for folders. */
export function objectKey(key: string): string {
  if (/(?:^|[/\\])\.{1,2}(?:[/\\]|$)/.test(key)) throw ambiguous("its key has a segment of dots");
  return key;
}

/**
 * The ARNs of what a key may be read as: by S3 as it is, by others with slashes that follow each other as one, with `\` as `/`,
 * or decoded once more. All are asked for.
 */
export function objectArns(partition: string, bucket: string, key: string): readonly string[] {
  const arn = (one: string) => `arn:${partition}:s3:::${bucket}/${one}`;
  objectKey(key);
  if (!/^\/|\/\/|\\|%[\da-f]{2}/i.test(key)) return [arn(key)];
  const twice = decodedAgain(key);
  const merged = (text: string) =>
    objectKey(
      text
        .replaceAll("\\", "/")
        .replace(/\/{2,}/g, "/")
        .replace(/^\//, ""),
    );
  return [...new Set([key, twice, merged(key), merged(twice)].filter((one) => one !== "").map(arn))];
}

function decodedAgain(key: string): string {
  try {
    return objectKey(decodeURIComponent(key));
  } catch (error) {
    if (error instanceof CannotMap) throw error;
    return key;
  }
}
