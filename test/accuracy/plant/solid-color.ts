import { definePlanter, type Span, type Strength } from "../planter.js";

interface Color {
  readonly y: number;
  readonly cb: number;
  readonly cr: number;
}

function field(name: string, lastsSeconds: number, color: Color, over: (during: string) => string = () => ""): Strength {
  return {
    name: `${name}, ${lastsSeconds} s`,
    actionable: true,
    lastsSeconds,
    picture: (span) => {
      const during = enableIn(span);
      return `lutyuv=y=${color.y}:u=${color.cb}:v=${color.cr}:${during}${over(during)}`;
    },
  };
}

function enableIn({ startSeconds, endSeconds }: Span): string {
  return `enable='between(t,${startSeconds},${endSeconds})'`;
}

const logo = (during: string) => `,drawbox=x=iw*0.9:y=ih*0.06:w=iw*0.06:h=ih*0.06:t=fill:c=white:${during}`;

/** What decoders, players and graphics show that have no picture; green is what frames of zeros look like. */
export const planter = definePlanter({
  type: "solid-color",
  needs: "picture",
  strengths: [
    field("green of zeros", 0.5, { y: 0, cb: 0, cr: 0 }),
    field("green of zeros under a logo", 3, { y: 0, cb: 0, cr: 0 }, logo),
    field("pink", 2.5, { y: 150, cb: 200, cr: 220 }),
    field("grey", 3, { y: 128, cb: 128, cr: 128 }),
    field("blue", 3, { y: 41, cb: 240, cr: 110 }),
    field("noisy grey", 3, { y: 126, cb: 128, cr: 128 }, (during) => `,noise=alls=8:allf=t:${during}`),
    { ...field("white", 3, { y: 235, cb: 128, cr: 128 }), actionable: false },
    field("white", 5.5, { y: 235, cb: 128, cr: 128 }),
  ],
  alsoRaises: ["freeze", "slate", "levels", "chroma-loss", "color-cast", "exposure", "blur"],
});
