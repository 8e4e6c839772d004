import { setTimeout as pause } from "node:timers/promises";
import { benchFilm } from "../film.mjs";
import { countBy, matchFaults, tellDelays } from "./delays.mjs";
import { measurePace } from "./pace.mjs";
import { startService } from "./service.mjs";
import { makeProgrammes, startStreams, stopAll } from "./streams.mjs";

const programmeSeconds = 320;
/** What streams are behind from their start is made up for until then. */
const settleSeconds = 60;
/** Each kind twice: who has one more within ten minutes is told of flapping, once. */
const faults = [
  { type: "black", piece: 3 },
  { type: "freeze", piece: 9 },
  { type: "silence", piece: 15 },
  { type: "black", piece: 22 },
  { type: "freeze", piece: 28 },
  { type: "silence", piece: 34 },
];

/**
 * How long from a fault's evidence to the alert's acceptance by SNS, while the service follows the streams and so many jobs of
 * two minutes of 1080p wait in the ordinary queue, of which it runs one at a time.
 */
export async function benchDelay(framewatch, load, { files, turns }) {
  const film = await benchFilm({ seconds: 120 });
  const programmes = await makeProgrammes(load, { seconds: programmeSeconds, faults, apartPieces: 5 });
  const service = await startService(framewatch);
  let senders = [];
  try {
    senders = await startStreams(service, load, programmes);
    await service.enqueueFiles(film, files);
    const waitingBefore = service.filesWaiting();
    await pause(settleSeconds * 1000);
    const since = Date.now();
    // Pictures of the files count as measured too: how the streams kept up does not follow from them.
    const { pace: _, growthSeconds: __, ...pace } = await measurePace(service, senders, turns * programmeSeconds);
    await pause(5000);
    const alerts = await service.readAlerts();
    const found = matchFaults(senders, alerts, { since, until: Date.now() - 10_000 });
    console.log(
      `  ${load.length} streams, ${waitingBefore} files waiting at first and ${service.filesWaiting()} at the end; ${pace.cores.toFixed(2)} cores; senders late by ${pace.senderLateSeconds.toFixed(2)} s at most`,
    );
    console.log(`  faults planted ${found.planted}, told ${found.opened}`);
    const seconds = found.fromEvidence.map((delay) => delay.seconds);
    tellDelays("from the last picture needed, as sent", seconds);
    for (const protocol of Object.keys(countBy(found.fromEvidence, (delay) => delay.protocol)).sort()) {
      const of = found.fromEvidence.filter((delay) => delay.protocol === protocol);
      tellDelays(
        `  ${protocol}`,
        of.map((delay) => delay.seconds),
      );
    }
    tellDelays("from the evidence as the service says", found.asTold);
    if (service.complaints.size > 0) console.log(`  warnings: ${JSON.stringify(Object.fromEntries(service.complaints))}`);
    return { ...found, load, pace, complaints: Object.fromEntries(service.complaints), examples: service.examples };
  } finally {
    await stopAll(service, senders);
  }
}
