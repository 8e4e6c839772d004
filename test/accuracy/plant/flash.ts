import { type CleanClip, definePlanter, type Span, type Strength } from "../planter.js";

/** A part of the picture in shares of its width and height. */
type Box = readonly [left: number, top: number, width: number, height: number];

interface Flashing {
  readonly hertz: number;
  /** Shares of the picture that flash; those of `against` in opposite phase. */
  readonly boxes?: readonly Box[];
  readonly against?: readonly Box[];
  readonly colors?: readonly [dark: string, bright: string];
  readonly lastsSeconds?: number;
  readonly isExtended?: boolean;
}

/** Before it flashes the area is dark for so long that the change to that is out of the second which is counted. */
const darkSeconds = 1;

const all: Box = [0, 0, 1, 1];

/** A box in the middle that is so large a share of the picture. */
const middle = (share: number): Box => [
  0.5 - Math.sqrt(share) / 2,
  0.5 - Math.sqrt(share) / 2,
  Math.sqrt(share),
  Math.sqrt(share),
];

/** Nine boxes all over the picture that together are so large a share. */
const scattered = (share: number): Box[] =>
  [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column): Box => {
      const side = Math.sqrt(share) / 3;
      return [column / 3 + (1 / 3 - side) / 2, row / 3 + (1 / 3 - side) / 2, side, side];
    }),
  );

/** For how many frames each state is shown: flashes of a picture that is shown in frames last whole frames. */
const framesOf = (hertz: number, { frameRate }: CleanClip) => Math.max(1, Math.round(frameRate / hertz / 2));

function draw([left, top, width, height]: Box, color: string, when: string): string {
  return `drawbox=x=iw*${left}:y=ih*${top}:w=iw*${width}:h=ih*${height}:color=${color}:t=fill:enable='${when}'`;
}

function flashing(name: string, actionable: boolean, what: Flashing): Strength {
  const { hertz, boxes = [all], against = [], colors = ["0x202020", "0xe0e0e0"], lastsSeconds = 4, isExtended = false } = what;
  return {
    name,
    actionable,
    lastsSeconds,
    picture({ startSeconds, endSeconds }, clip) {
      const frames = framesOf(hertz, clip);
      const within = `between(t,${startSeconds},${endSeconds})`;
      const begun = `gte(t,${startSeconds + darkSeconds})`;
      const odd = `lt(mod(floor((t-${startSeconds + darkSeconds})*${clip.frameRate}),${2 * frames}),${frames})`;
      return [
        ...[...boxes, ...against].map((box) => draw(box, colors[0], within)),
        ...boxes.map((box) => draw(box, colors[1], `${within}*${begun}*${odd}`)),
        ...against.map((box) => draw(box, colors[1], `${within}*${begun}*not(${odd})`)),
      ].join(",");
    },
    expected: (span, clip) => [isExtended ? extendedOf(span, hertz, clip) : tooOftenOf(span, hertz, clip)],
  };
}

/** From the seventh rise or fall until no more than six lie within the last second. */
function tooOftenOf({ startSeconds, endSeconds }: Span, hertz: number, clip: CleanClip): Span {
  const sixSeconds = (6 * framesOf(hertz, clip)) / clip.frameRate;
  return { startSeconds: startSeconds + darkSeconds + sixSeconds, endSeconds: endSeconds + 1 - sixSeconds };
}

/** From when four or more within a second have gone on for four seconds. */
function extendedOf({ startSeconds, endSeconds }: Span, hertz: number, clip: CleanClip): Span {
  const threeSeconds = (3 * framesOf(hertz, clip)) / clip.frameRate;
  return {
    startSeconds: startSeconds + darkSeconds + threeSeconds + 4 - 1 / clip.frameRate,
    endSeconds: endSeconds + 1 - threeSeconds,
  };
}

/** All of the picture grows brighter and darker without a jump. */
const swelling = (hertz: number): Strength => ({
  name: `swells at ${hertz} Hz`,
  actionable: true,
  lastsSeconds: 4,
  picture: ({ startSeconds, endSeconds }) => {
    const within = `between(t,${startSeconds},${endSeconds})`;
    const time = `max(0,t-${startSeconds + darkSeconds})`;
    return `eq=eval=frame:contrast='1-${within}':saturation='1-${within}':brightness='-0.3*${within}*cos(2*PI*${hertz}*${time})'`;
  },
  expected: ({ startSeconds, endSeconds }) => [
    { startSeconds: startSeconds + darkSeconds + 3.25 / hertz, endSeconds: endSeconds + 1 - 3.25 / hertz },
  ],
});

/** Light and dark stripes, all of one width, beside each other in a part of the picture. */
function stripes(name: string, actionable: boolean, pairs: number, [left, top, width, height]: Box = all): Strength {
  return {
    name,
    actionable,
    lastsSeconds: 3,
    picture: ({ startSeconds, endSeconds }) => {
      const within = `between(t,${startSeconds},${endSeconds})`;
      const light = Array.from(
        { length: pairs },
        (_, pair): Box => [left + (width * pair) / pairs, top, width / pairs / 2, height],
      );
      return [draw([left, top, width, height], "0x202020", within), ...light.map((box) => draw(box, "0xe0e0e0", within))].join(
        ",",
      );
    },
  };
}

export const planter = definePlanter({
  type: "flash",
  needs: "picture",
  alsoRaises: ["flicker", "solid-color", "black", "freeze", "exposure", "levels", "color-cast", "chroma-loss"],
  strengths: [
    flashing("4 Hz", true, { hertz: 4 }),
    flashing("6 Hz", true, { hertz: 6 }),
    flashing("10 Hz", true, { hertz: 10 }),
    flashing("15 Hz", true, { hertz: 15 }),
    flashing("5 Hz, light changes by 13 % of white", true, { hertz: 5, colors: ["0x606060", "0x888888"] }),
    swelling(5),
    flashing("5 Hz, 30 % of the area", true, { hertz: 5, boxes: [middle(0.3)] }),
    flashing("10 Hz, 27 % of the area in nine parts", true, { hertz: 10, boxes: scattered(0.27) }),
    flashing("5 Hz, 16 % of the area against as much", true, {
      hertz: 5,
      boxes: [[0, 0.1, 0.2, 0.8]],
      against: [[0.8, 0.1, 0.2, 0.8]],
    }),
    flashing("red, 5 Hz", true, { hertz: 5, colors: ["0x676767", "0xd00000"] }),
    flashing("2.5 Hz for 7 s", true, { hertz: 2.5, lastsSeconds: 8, isExtended: true }),
    stripes("12 pairs of stripes", true, 12),
    stripes("20 pairs of stripes, 32 % of the area", true, 20, [0.1, 0.3, 0.8, 0.4]),
    flashing("2.5 Hz for 2 s, within the limit", false, { hertz: 2.5, lastsSeconds: 3 }),
    flashing("5 Hz, 20 % of the area, within the limit", false, { hertz: 5, boxes: [middle(0.2)] }),
    stripes("7 pairs of stripes, within the limit", false, 7),
  ],
});
