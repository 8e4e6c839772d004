import { pino } from "pino";

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Writes one JSON line per event; strings pass `redact` on their way out. */
export type Log = pino.Logger;

const urlPattern = /\b([a-z][a-z0-9+.-]*:\/\/)([^\s"'<>`]*)/gi;
const parameterPattern = /([?&;][\w.~%[\]-]+=)[^&;\s"'<>`]+/g;
const credentialPattern =
  /\b((?:authorization|passphrase|password|secret|token)["']?\s*[:=]\s*["']?(?:(?:basic|bearer)\s+)?)[^\s"',;&]+/gi;
/** The secret that signs what is posted to a webhook. */
const signingSecretPattern = /\bwhsec_[A-Za-z0-9+/=]+/g;

function redactUrl(scheme: string, rest: string): string {
  const pathStart = rest.search(/[/?#\\]/);
  const authority = pathStart < 0 ? rest : rest.slice(0, pathStart);
  const afterAuthority = pathStart < 0 ? "" : rest.slice(pathStart);
  const hidden = afterAuthority.search(/[?#]/);
  const path = hidden < 0 ? afterAuthority : `${afterAuthority.slice(0, hidden)}?…`;
  return `${scheme}${authority.slice(authority.lastIndexOf("@") + 1)}${path}`;
}

/**
 * Takes secrets out of a text that people will see: the user name, password, query and fragment of every URL in it,
 * the values of query parameters that stand alone (as in a playlist), what follows words such as `passphrase=`, and signing secrets.
 * Everything that leaves the process and may hold a URL goes through here: logs, errors, alerts, ffmpeg's messages.
 */
export function redact(text: string): string {
  return text
    .replace(urlPattern, (_, scheme: string, rest: string) => redactUrl(scheme, rest))
    .replace(parameterPattern, "$1…")
    .replace(credentialPattern, "$1…")
    .replace(signingSecretPattern, "whsec_…");
}

function redactDeep(value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (Array.isArray(value)) return value.map(redactDeep);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redactDeep(inner)]));
}

/**
 * Opens the log: JSON lines on standard error, written at once so that the last one before a crash is not lost.
 * @param write where lines go; standard error when absent
 */
export function openLog(level: LogLevel, write?: (line: string) => void): Log {
  const options: pino.LoggerOptions = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // Redacting the parsed line, not the text of it, keeps the JSON whole whatever is taken out.
    hooks: { streamWrite: (line) => `${JSON.stringify(redactDeep(JSON.parse(line)))}\n` },
  };
  return pino(options, write === undefined ? pino.destination({ dest: 2, sync: true }) : { write });
}
