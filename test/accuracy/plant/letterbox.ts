import { type CleanClip, definePlanter, type Span, type Strength } from "../planter.js";

/** Black borders over the picture's own, as shares of its width and height; to whole pairs of pixels, as coders take them. */
function boxed(name: string, { across = 0, down = 0 }: { across?: number; down?: number }, lastsSeconds: number): Strength {
  return {
    name: `${name}, ${lastsSeconds === Number.POSITIVE_INFINITY ? "whole clip" : `${lastsSeconds} s`}`,
    actionable: true,
    lastsSeconds,
    picture: (span, clip) => borders(span, clip, across, down),
  };
}

function borders({ startSeconds, endSeconds }: Span, { width, height }: CleanClip, across: number, down: number): string {
  const columns = 2 * Math.round((across * width) / 2);
  const rows = 2 * Math.round((down * height) / 2);
  const boxes = [
    ...(columns > 0 ? [`x=0:y=0:w=${columns}:h=ih`, `x=iw-${columns}:y=0:w=${columns}:h=ih`] : []),
    ...(rows > 0 ? [`x=0:y=0:w=iw:h=${rows}`, `x=0:y=ih-${rows}:w=iw:h=${rows}`] : []),
  ];
  return boxes.map((box) => `drawbox=${box}:t=fill:c=black:enable='between(t,${startSeconds},${endSeconds})'`).join(",");
}

const cinema = boxed("letterbox 2.39:1 in 16:9", { down: 0.128 }, 4);

export const planter = definePlanter({
  type: "letterbox",
  needs: "picture",
  strengths: [
    cinema,
    boxed("pillarbox 4:3 in 16:9", { across: 0.125 }, 4),
    boxed("windowbox", { across: 0.1, down: 0.1 }, 4),
    boxed("letterbox of 4 %", { down: 0.04 }, 4),
    boxed("letterbox", { down: 0.128 }, Number.POSITIVE_INFINITY),
    {
      ...cinema,
      name: "letterbox with subtitles in it, 4 s",
      picture: (span, clip) => {
        const words = [0.3, 0.37, 0.44, 0.51, 0.58].map(
          (left) =>
            `drawbox=x=iw*${left}:y=ih*0.92:w=iw*0.045:h=ih*0.03:t=fill:c=white:enable='between(t,${span.startSeconds},${span.endSeconds})'`,
        );
        return [borders(span, clip, 0, 0.128), ...words].join(",");
      },
    },
  ],
  alsoRaises: ["levels"],
});
