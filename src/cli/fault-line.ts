import { type ErrorCode, errorTable, type ErrorFacts } from "../errors.js";
import { redact } from "../log.js";

/** Codes whose remedy tells a person at a terminal nothing: the message says it all, or only a service can follow it. */
const withoutRemedy: ReadonlySet<ErrorCode> = new Set(["configuration", "interrupted", "source-forbidden", "source-not-found"]);

/**
 * What went wrong and what to do about it, in one line for standard error, without secrets.
 * @param input the input that is to blame, if it is one
 */
export function faultLine({ code, message }: ErrorFacts, input?: string): string {
  const remedy = withoutRemedy.has(code) ? [] : [errorTable[code].remedy];
  const said = [...(input === undefined ? [] : [`${input}:`]), asSentence(message), ...remedy].join(" ");
  return `framewatch: ${redact(said).replace(/\s*[\r\n]+\s*/g, " ")}\n`;
}

function asSentence(message: string): string {
  return /[.!?…]$/.test(message) ? message : `${message}.`;
}
