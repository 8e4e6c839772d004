/** ffmpeg's standard layouts (`ffmpeg -layouts`): the channels of each, in the order in which samples come. */
const standardLayouts: Readonly<Record<string, string>> = {
  "mono": "FC",
  "stereo": "FL+FR",
  "2.1": "FL+FR+LFE",
  "3.0": "FL+FR+FC",
  "3.0(back)": "FL+FR+BC",
  "4.0": "FL+FR+FC+BC",
  "quad": "FL+FR+BL+BR",
  "quad(side)": "FL+FR+SL+SR",
  "3.1": "FL+FR+FC+LFE",
  "5.0": "FL+FR+FC+BL+BR",
  "5.0(side)": "FL+FR+FC+SL+SR",
  "4.1": "FL+FR+FC+LFE+BC",
  "5.1": "FL+FR+FC+LFE+BL+BR",
  "5.1(side)": "FL+FR+FC+LFE+SL+SR",
  "6.0": "FL+FR+FC+BC+SL+SR",
  "6.0(front)": "FL+FR+FLC+FRC+SL+SR",
  "3.1.2": "FL+FR+FC+LFE+TFL+TFR",
  "hexagonal": "FL+FR+FC+BL+BR+BC",
  "6.1": "FL+FR+FC+LFE+BC+SL+SR",
  "6.1(back)": "FL+FR+FC+LFE+BL+BR+BC",
  "6.1(front)": "FL+FR+LFE+FLC+FRC+SL+SR",
  "7.0": "FL+FR+FC+BL+BR+SL+SR",
  "7.0(front)": "FL+FR+FC+FLC+FRC+SL+SR",
  "7.1": "FL+FR+FC+LFE+BL+BR+SL+SR",
  "7.1(wide)": "FL+FR+FC+LFE+BL+BR+FLC+FRC",
  "7.1(wide-side)": "FL+FR+FC+LFE+FLC+FRC+SL+SR",
  "5.1.2": "FL+FR+FC+LFE+BL+BR+TFL+TFR",
  "7.1(top)": "FL+FR+FC+LFE+BL+BR+TFL+TFR",
  "octagonal": "FL+FR+FC+BL+BR+BC+SL+SR",
  "cube": "FL+FR+BL+BR+TFL+TFR+TBL+TBR",
  "5.1.4": "FL+FR+FC+LFE+BL+BR+TFL+TFR+TBL+TBR",
  "7.1.2": "FL+FR+FC+LFE+BL+BR+SL+SR+TFL+TFR",
  "7.1.4": "FL+FR+FC+LFE+BL+BR+SL+SR+TFL+TFR+TBL+TBR",
  "hexadecagonal": "FL+FR+FC+BL+BR+BC+SL+SR+TFL+TFC+TFR+TBL+TBC+TBR+WL+WR",
  "downmix": "DL+DR",
  "22.2": "FL+FR+FC+LFE+BL+BR+FLC+FRC+BC+SL+SR+TC+TFL+TFC+TFR+TBL+TBC+TBR+LFE2+TSL+TSR+BFC+BFL+BFR",
};

/** The channels of ffmpeg's layout (`FL`, `FR` …), in the order in which samples come. One that is not known names itself. */
export function channelNames(layout: string): readonly string[] {
  return (standardLayouts[layout] ?? layout).split("+");
}

/** 1.5 dB, for channels at the listener's side (BS.1770-5, Annex 1, table 3). */
const sideWeight = 1.41;

/**
 * How much each channel's energy counts towards loudness, in the order in which its samples come.
 *
 * ITU-R BS.1770-5, Annex 1 table 3 for up to 5.1 and Annex 3 table 4 for all others: 1.41 for a channel 60° to 120°
 * to the side and less than 30° up or down, 1 elsewhere, and none for low-frequency effects. In ffmpeg's layouts a
 * back pair without a side pair (5.1, quad) stands at 110°, where BS.775 has the surrounds; beside a side pair (7.1) it
 * stands at 135°, and counts 1: ffmpeg's ebur128 has 1.41 there, and 0.4 LU more where all channels are equally loud.
 * A single back channel stands at 180° and counts 1; ffmpeg has 1.41.
 *
 * @param layout ffmpeg's name of a layout, or channels joined by `+`. One that is not known counts 1 for every channel
 */
export function channelWeights(layout: string, channels: number): number[] {
  const names = channelNames(layout);
  if (names.length !== channels) return Array.from({ length: channels }, () => 1);
  const hasSides = names.includes("SL") || names.includes("SR");
  return names.map((name) => {
    if (name === "LFE" || name === "LFE2") return 0;
    const isAtTheSide = /^(SL|SR|WL|WR|SDL|SDR)$/.test(name) || (/^(BL|BR)$/.test(name) && !hasSides);
    return isAtTheSide ? sideWeight : 1;
  });
}
