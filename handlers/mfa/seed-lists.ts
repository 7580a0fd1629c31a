import { base32 } from "../../data/ids.ts";
import { InvalidInput } from "../errors.ts";
import type { NewHardwareToken } from "./hardware-tokens.ts";

/**
 * Reads the list of seeds that comes with a box of tokens: PSKC (RFC 6030, XML), or CSV with a serial number and a
 * base32 seed in each line. Throws InvalidInput, which says what is wrong and where, but never contains a seed.
 */
export async function readSeedList(text: string): Promise<NewHardwareToken[]> {
  // `trim` removes a byte order mark, and the XML parser ignores it.
  const tokens = text.trimStart().startsWith("<") ? await readPskc(text) : readCsv(text);
  if (tokens.length === 0) throw InvalidInput("The list has no tokens in it.");
  const seen = new Set<string>();
  for (const { serialNumber } of tokens) {
    if (seen.has(serialNumber!)) throw InvalidInput(`The list has token ${serialNumber} twice.`);
    seen.add(serialNumber!);
  }
  return tokens;
}

/** Lines of `serial,seed`; a first line with exactly these words is a heading. */
function readCsv(text: string): NewHardwareToken[] {
  const tokens: NewHardwareToken[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === "" || (index === 0 && /^\W*serial\W*(number)?\W*,\W*(base32)?seed\W*$/i.test(line))) continue;
    const cells = line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
    const [serialNumber, base32Seed] = cells;
    if (cells.length !== 2 || !serialNumber || !base32Seed) {
      throw InvalidInput(`Line ${index + 1} of the list is not a serial number, a comma and a base32 seed.`);
    }
    tokens.push({ serialNumber, base32Seed });
  }
  return tokens;
}

const TOTP = "urn:ietf:params:xml:ns:keyprov:pskc:totp";
const HOTP = "urn:ietf:params:xml:ns:keyprov:pskc:hotp";

/** An element from the XML parser. */
interface Element {
  readonly [name: string]: Element | readonly Element[] | string | undefined;
}

async function readPskc(text: string): Promise<NewHardwareToken[]> {
  // Loaded when needed, since few ever import a list.
  const { XMLParser, XMLValidator } = await import("fast-xml-parser");
  if (/<!DOCTYPE/i.test(text)) throw InvalidInput("The PSKC list has a document type declaration, which none needs.");
  const valid = XMLValidator.validate(text);
  if (valid !== true)
    throw InvalidInput(`The PSKC list is not well-formed XML: ${valid.err.msg} (line ${valid.err.line}).`);
  const document = new XMLParser({
    removeNSPrefix: true,
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    parseTagValue: false,
    parseAttributeValue: false,
    alwaysCreateTextNode: false,
    isArray: (name) => name === "KeyPackage" || name === "Key",
  }).parse(text) as Element;
  const container = element(document, "KeyContainer");
  if (!container) throw InvalidInput("The list is XML, but no PSKC key container (RFC 6030).");
  if (container["EncryptionKey"] !== undefined || container["MACMethod"] !== undefined) throw encrypted();
  return elements(container, "KeyPackage").flatMap((keyPackage, index) => {
    const serialNumber = textOf(element(keyPackage, "DeviceInfo"), "SerialNo");
    const where = serialNumber ? `token ${serialNumber}` : `key package ${index + 1}`;
    if (!serialNumber) throw InvalidInput(`The PSKC list gives no serial number for ${where}.`);
    return elements(keyPackage, "Key").map((key) => readKey(key, serialNumber, where));
  });
}

/** One key of a PSKC list, if an MFA token can have it: plain, TOTP, HMAC-SHA1, six digits, 30 seconds. */
function readKey(key: Element, serialNumber: string, where: string): NewHardwareToken {
  const algorithm = textOf(key, "@Algorithm");
  if (algorithm === HOTP)
    throw InvalidInput(`The PSKC list has an event-based key (HOTP) for ${where}; IAM takes time-based ones.`);
  if (algorithm !== TOTP)
    throw InvalidInput(`The PSKC list has a key for ${where} that is not TOTP (${algorithm ?? "no algorithm"}).`);

  const parameters = element(key, "AlgorithmParameters");
  const suite = textOf(parameters, "Suite");
  if (suite && !/sha-?1$/i.test(suite)) throw InvalidInput(`The key of ${where} is for ${suite}; IAM takes HMAC-SHA1.`);
  const format = element(parameters, "ResponseFormat");
  if (format && (textOf(format, "@Length") !== "6" || textOf(format, "@Encoding") !== "DECIMAL")) {
    throw InvalidInput(`The codes of ${where} are not six decimal digits.`);
  }

  const data = element(key, "Data");
  const interval = plainValue(data, "TimeInterval") ?? "30";
  if (interval !== "30") throw InvalidInput(`The codes of ${where} change every ${interval} seconds; IAM takes 30.`);
  const origin = plainValue(data, "Time") ?? "0";
  if (origin !== "0") throw InvalidInput(`The time of ${where} does not start at 1970.`);
  const drift = plainValue(data, "TimeDrift") ?? "0";
  if (!/^-?\d{1,6}$/.test(drift)) throw InvalidInput(`The time drift of ${where} is no number of intervals.`);

  const secret = plainValue(data, "Secret");
  if (!secret) throw InvalidInput(`The PSKC list has no secret for ${where}.`);
  if (!/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(secret)) throw InvalidInput(`The secret of ${where} is not base64.`);
  return { serialNumber, base32Seed: base32(Buffer.from(secret, "base64")), offsetSeconds: Number(drift) * 30 };
}

/** The text of `<name><PlainValue>`; undefined if there is none. */
function plainValue(data: Element | undefined, name: string): string | undefined {
  const value = element(data, name);
  if (value?.["EncryptedValue"] !== undefined) throw encrypted();
  return textOf(value, "PlainValue");
}

const encrypted = () =>
  InvalidInput("The PSKC list is encrypted. Ask the vendor's tool for plain values, or decrypt it first.");

function element(parent: Element | undefined, name: string): Element | undefined {
  const child = parent?.[name];
  return typeof child === "object" && !Array.isArray(child) ? (child as Element) : undefined;
}

const elements = (parent: Element, name: string): readonly Element[] =>
  ((parent[name] ?? []) as readonly (Element | string)[]).filter((child) => typeof child === "object");

/** The text of a child element, with or without attributes, or of an attribute, whose name begins with @. */
function textOf(parent: Element | undefined, name: string): string | undefined {
  const child = parent?.[name];
  const text = typeof child === "string" ? child : element(parent, name)?.["#text"];
  return typeof text === "string" ? text.trim() : undefined;
}
