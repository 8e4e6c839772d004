import { z } from "zod";

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;
const moment = z.iso.datetime({ offset: true });

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A time in which a live stream is worked on, so that nobody wants to hear of it: once, or every day. */
export const maintenanceWindowSchema = z
  .strictObject({
    from: z
      .string()
      .describe("When it begins: a time of RFC 3339, such as 2026-11-21T02:00:00Z, or a time of day, such as 02:00"),
    until: z.string().describe("When it ends, in the same form; a time of day that is not after `from` is one of the next day"),
    timeZone: z
      .string()
      .refine(isTimeZone, "is no time zone of the IANA database, such as Europe/Berlin or UTC")
      .optional()
      .describe("Whose times of day they are, by its name in the IANA database; it has to be said with times of day"),
  })
  .superRefine(({ from, until, timeZone }, context) => {
    const isDaily = timeOfDay.test(from);
    const fits = (value: string) => (isDaily ? timeOfDay.test(value) : moment.safeParse(value).success);
    const refuse = (field: string, input: unknown, message: string) =>
      context.addIssue({ code: "custom", path: [field], input, message });
    if (!fits(from)) {
      refuse("from", from, "must be a time of RFC 3339 with its offset (2026-11-21T02:00:00Z) or a time of day (02:00)");
    } else if (!fits(until)) {
      refuse("until", until, `must be a time ${isDaily ? "of day (04:00)" : "of RFC 3339 with its offset"}, as \`from\` is`);
    } else if (isDaily && until === from) refuse("until", until, "must not be the time at which the window begins");
    else if (!isDaily && Date.parse(until) <= Date.parse(from)) refuse("until", until, "must be after `from`");
    if (isDaily && timeZone === undefined) refuse("timeZone", timeZone, "must be said where `from` is a time of day");
    if (!isDaily && timeZone !== undefined)
      refuse("timeZone", timeZone, "is for times of day only: these times hold their offset");
  });

export type MaintenanceWindow = z.output<typeof maintenanceWindowSchema>;
