import type { MaintenanceWindow } from "../../analyzers/index.js";

/** A time in which nothing is told, in milliseconds of the wall clock; its end does not belong to it. */
export interface MaintenanceSpan {
  readonly fromMilliseconds: number;
  readonly untilMilliseconds: number;
}

/** Minutes since midnight of a time of day such as `02:30`. */
function minutesOf(timeOfDay: string): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(":").map(Number);
  return hours * 60 + minutes;
}

/** Whether a moment lies in a window. */
function windowTest({ from, until, timeZone }: MaintenanceWindow): (atMilliseconds: number) => boolean {
  if (timeZone === undefined) {
    const [begin, end] = [Date.parse(from), Date.parse(until)];
    return (at) => at >= begin && at < end;
  }
  const [begin, end] = [minutesOf(from), minutesOf(until)];
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return (at) => {
    const minutes = minutesOf(clock.format(at));
    return begin < end ? minutes >= begin && minutes < end : minutes >= begin || minutes < end;
  };
}

/** The policy's windows as a test of a moment (milliseconds of the wall clock). */
export function maintenanceTest(windows: readonly MaintenanceWindow[]): (atMilliseconds: number) => boolean {
  const tests = windows.map(windowTest);
  return (at) => tests.some((holds) => holds(at));
}
