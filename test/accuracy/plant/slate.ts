import { definePlanter, type Span, type Strength } from "../planter.js";

const during = ({ startSeconds, endSeconds }: Span) => `between(t,${startSeconds},${endSeconds})`;

/** A filled box, places and sizes in shares of the picture. */
function box(left: number, top: number, width: number, height: number, color: string, enable: string): string {
  return `drawbox=x=iw*${left}:y=ih*${top}:w=iw*${width}:h=ih*${height}:t=fill:c=${color}:enable='${enable}'`;
}

/** Letters of two strokes each, so that no font is needed. */
function words(left: number, top: number, letters: number, size: number, color: string, enable: string): string[] {
  return Array.from({ length: letters }, (_, letter) => {
    const at = left + letter * size * 0.7;
    const upright = box(at, top, size * 0.12, size, color, enable);
    return [upright, box(at, top + size * ((letter * 0.3) % 0.8), size * 0.4, size * 0.15, color, enable)];
  }).flat();
}

function card(name: string, lastsSeconds: number, draw: (span: Span) => readonly string[]): Strength {
  return { name: `${name}, ${lastsSeconds} s`, actionable: true, lastsSeconds, picture: (span) => draw(span).join(",") };
}

/** Figures that change twice a second. */
function clock(left: number, top: number, enable: string): string[] {
  const even = `${enable}*eq(mod(floor(t*2),2),0)`;
  const odd = `${enable}*eq(mod(floor(t*2),2),1)`;
  return [...words(left, top, 2, 0.08, "white", even), ...words(left + 0.02, top, 2, 0.08, "white", odd)];
}

export const planter = definePlanter({
  type: "slate",
  needs: "picture",
  strengths: [
    card("media offline", 3, (span) => [
      box(0, 0, 1, 1, "0xB01010", during(span)),
      ...words(0.25, 0.45, 12, 0.06, "white", during(span)),
    ]),
    card("we'll be back", 4, (span) => [
      box(0, 0, 1, 1, "0x203860", during(span)),
      ...words(0.2, 0.4, 10, 0.08, "0xF0E0A0", during(span)),
      box(0.8, 0.8, 0.1, 0.1, "0xE0E0E0", during(span)),
    ]),
    card("programme slate with a clock", 5, (span) => [
      box(0, 0, 1, 1, "black", during(span)),
      ...[0.12, 0.26, 0.4, 0.54, 0.68].flatMap((top, row) => words(0.1, top, 8 + 2 * row, 0.05, "white", during(span))),
      ...clock(0.75, 0.82, during(span)),
    ]),
  ],
  alsoRaises: ["freeze", "levels", "color-cast", "exposure", "blur", "banding"],
});
