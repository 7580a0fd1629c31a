/** The two kinds of developer tools that may ask for a person's credentials (API reference of CreateOAuth2Token). */
export const SAME_DEVICE = "arn:aws:signin:::devtools/same-device";
export const CROSS_DEVICE = "arn:aws:signin:::devtools/cross-device";

/** A client's name in policies (service authorization reference of AWS Sign-In, "oauth2-public-client"). */
export const clientArn = (clientId: string, region: string, account: string): string =>
  `arn:aws:signin:${region}:${account}:oauth2/public-client/${clientId === CROSS_DEVICE ? "remote" : "localhost"}`;

/** Where a person on another device sees the code to copy by hand. */
export const CONFIRMATION_PATH = "/v1/sessions/confirmation";
