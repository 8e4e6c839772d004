/** How long alerts take: from what senders and the emulator of SNS each saw by themselves, and from what the service says. */

const opened = "framewatch.defect.opened";
const resolved = "framewatch.defect.resolved";
/** Who is told of a fault this long after its evidence was not told of it. */
const patienceMilliseconds = 30_000;

/**
 * Matches the faults that were sent with the alerts that SNS accepted.
 * @param until faults that were over so long before the end are expected to be told (wall clock, milliseconds)
 */
export function matchFaults(senders, alerts, until) {
  const faults = senders.flatMap(({ faults: sent }) => sent).filter(({ overAt }) => overAt !== undefined && overAt < until);
  const used = new Set();
  const find = (type, { stream, type: defect }, from) => {
    const found = alerts.find(
      (one) =>
        !used.has(one) &&
        one.alert.type === type &&
        one.alert.data.stream === stream &&
        one.alert.data.defect?.type === defect &&
        one.acceptedAt > from - 1000 &&
        one.acceptedAt < from + patienceMilliseconds,
    );
    if (found !== undefined) used.add(found);
    return found;
  };
  const matched = faults.map((fault) => ({
    ...fault,
    opened: find(opened, fault, fault.evidenceAt),
    resolved: find(resolved, fault, fault.overAt),
  }));
  const planted = new Set(faults.map(({ type }) => type));
  const others = alerts.filter((one) => !used.has(one));
  return {
    planted: faults.length,
    opened: matched.filter((fault) => fault.opened !== undefined).length,
    resolved: matched.filter((fault) => fault.resolved !== undefined).length,
    missed: matched.filter((fault) => !fault.opened || !fault.resolved).map(({ stream, type }) => `${type} on ${stream}`),
    // Twice, or without a fault that was planted; near the end the counterpart may be missing.
    surplus: others.filter((one) => planted.has(one.alert.data.defect?.type) && one.acceptedAt < until).map(describe),
    others: countBy(others, ({ alert }) => `${alert.data.defect?.type ?? ""} ${alert.type}`.trim()),
    otherAlerts: others.map(describe).slice(0, 100),
    fromEvidence: matched.flatMap((fault) =>
      fault.opened === undefined
        ? []
        : [{ protocol: fault.protocol, type: fault.type, seconds: (fault.opened.acceptedAt - fault.evidenceAt) / 1000 }],
    ),
    /** By the alerts' own `time`: of `opened` when the service had the evidence. */
    asTold: alerts
      .filter(({ alert }) => alert.type === opened)
      .map(({ alert, acceptedAt }) => (acceptedAt - Date.parse(alert.time)) / 1000),
  };
}

const describe = ({ alert }) => `${alert.time} ${alert.type} ${alert.data.defect?.type} on ${alert.data.stream}`;

export function countBy(values, nameOf) {
  const counts = {};
  for (const value of values) counts[nameOf(value)] = (counts[nameOf(value)] ?? 0) + 1;
  return counts;
}

/** The value that a share (0..1) of the values does not exceed. */
export function percentile(values, share) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function tellDelays(title, seconds) {
  const [p50, p99, most] = [0.5, 0.99, 1].map((share) => percentile(seconds, share).toFixed(2));
  console.log(
    `  ${title.padEnd(44)} ${String(seconds.length).padStart(4)} alerts   p50 ${p50} s   p99 ${p99} s   most ${most} s`,
  );
}
