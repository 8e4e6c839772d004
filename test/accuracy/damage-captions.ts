import { readFile, rm, writeFile } from "node:fs/promises";
import { ffmpeg } from "./program.js";

/** What the user data of a picture holds. */
export type Caption = "text" | "stuffing" | "none";

/** ATSC A/53 Part 4, 6.2.3: one pair of CEA-608, parity set, among the stuffing that fills the rate of CEA-708. */
function captionMessage(caption: Exclude<Caption, "none">): Buffer {
  const pair = caption === "text" ? [0xc1, 0x20] : [0x80, 0x80];
  const triples = [0xfc, ...pair, ...Array.from({ length: 9 }, () => [0xfa, 0, 0]).flat()];
  const payload = [0xb5, 0x00, 0x31, ...Buffer.from("GA94"), 0x03, 0x40 | (triples.length / 3), 0xff, ...triples, 0xff];
  return Buffer.from([0, 0, 0, 1, 0x06, 0x04, payload.length, ...payload, 0x80]);
}

/** Where the NAL units of a stream of start codes begin. */
function* unitsOf(stream: Buffer): Generator<{ readonly at: number; readonly type: number }> {
  for (let at = stream.indexOf("000001", 0, "hex"); at >= 0; at = stream.indexOf("000001", at + 3, "hex")) {
    yield { at: stream[at - 1] === 0 ? at - 1 : at, type: (stream[at + 3] ?? 0) & 0x1f };
  }
}

/**
 * Writes caption data into the pictures of an H.264 file without B frames, which becomes a transport stream.
 * @param captionAt what the picture of this number, from 0, holds
 */
export async function addCaptions(file: string, frameRate: number, captionAt: (frame: number) => Caption): Promise<void> {
  const [raw, muxed] = [`${file}.h264`, `${file}.captioned.ts`];
  try {
    await ffmpeg([
      ...[
        "-y",
        "-i",
        file,
        "-map",
        "0:v:0",
        "-c",
        "copy",
        "-bsf:v",
        "h264_mp4toannexb,h264_metadata=aud=insert",
        "-f",
        "h264",
        raw,
      ],
    ]);
    const stream = await readFile(raw);
    const parts: Buffer[] = [];
    let from = 0;
    let frame = -1;
    let awaitsSlice = false;
    for (const { at, type } of unitsOf(stream)) {
      if (type === 9) {
        frame++;
        awaitsSlice = true;
      } else if (awaitsSlice && (type === 1 || type === 5)) {
        awaitsSlice = false;
        const caption = captionAt(frame);
        parts.push(stream.subarray(from, at));
        from = at;
        if (caption !== "none") parts.push(captionMessage(caption));
      }
    }
    await writeFile(raw, Buffer.concat([...parts, stream.subarray(from)]));
    await ffmpeg([
      ...["-y", "-framerate", `${frameRate}`, "-f", "h264", "-i", raw, "-i", file, "-map", "0:v:0", "-map", "1:a?"],
      ...["-c", "copy", "-f", "mpegts", muxed],
    ]);
    await writeFile(file, await readFile(muxed));
  } finally {
    await Promise.all([raw, muxed].map((name) => rm(name, { force: true })));
  }
}
