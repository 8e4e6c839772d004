import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benchCapacity } from "./live/capacity.mjs";
import { benchDelay } from "./live/delay.mjs";
import { makeProgramme } from "./live/programme.mjs";
import { benchSoak } from "./live/soak.mjs";
import { parseLoad, sizes } from "./live/streams.mjs";

const defaultLoad = "1x1080p:full,1x1080p:fast";

/**
 * Live streams: how many at once, and how late alerts are.
 * @param options `--load 2x1080p:full,1x360p:fast` (of the delays), `--turns N` times 320 s, `--files 1000`, `--profile full`,
 *   `--only capacity|delay`, `--result FILE` gets all of it as JSON
 */
export async function benchLive(framewatch, options) {
  const { values } = parseArgs({
    args: options,
    options: {
      load: { type: "string", default: defaultLoad },
      turns: { type: "string", default: "1" },
      files: { type: "string", default: "1000" },
      profile: { type: "string", multiple: true },
      only: { type: "string" },
      result: { type: "string" },
    },
  });
  const results = {};
  if (values.only !== "delay") {
    console.log("Live, capacity: 1080p30 H.264 at 5 Mbit/s over UDP, SRT, RTMP and HLS in turn, all detectors");
    const programme = await makeProgramme({ ...sizes["1080p"], seconds: 128 });
    results.capacity = await benchCapacity(framewatch, programme, values.profile);
  }
  if (values.only !== "capacity") {
    console.log(`Live, delay of alerts: ${values.load}, black, freeze and silence of 4 s planted, each told after 2 s`);
    results.delay = await benchDelay(framewatch, parseLoad(values.load), {
      turns: Number(values.turns),
      files: Number(values.files),
    });
  }
  if (values.result !== undefined) writeFileSync(values.result, JSON.stringify(results, null, 1));
}

/** @param options `--minutes 60`, `--load …`, `--result FILE` */
export async function benchLiveSoak(framewatch, options) {
  const { values } = parseArgs({
    args: options,
    options: {
      load: { type: "string", default: defaultLoad },
      minutes: { type: "string", default: "60" },
      result: { type: "string" },
    },
  });
  console.log(`Live, soak: ${values.load} for ${values.minutes} minutes`);
  const resultFile = values.result === undefined ? {} : { resultFile: values.result };
  await benchSoak(framewatch, parseLoad(values.load), { minutes: Number(values.minutes), ...resultFile });
}
