/** Trains of stripes that are kept of one line: the longest line holds no more of them. */
const mostTrains = 32;

/**
 * Fewest light-dark pairs that make a pattern: "more than five light-dark pairs of stripes in any orientation" (Harding et al.,
 * Photic- and pattern-induced seizures, Epilepsia 46(9), 2005; EA IRIS: 6 stripes).
 */
export const fewestPairs = 6;

/** The lightest stripe has more than 50 cd/m² (Harding et al. 2005); as a share of a white of 200 cd/m², 0.25 as EA IRIS has it. */
const lightestStripe = 0.25;

/**
 * How much a dark stripe differs from the light one beside it to be clearly discernible, for which those sources give no number: by
 * 20 cd/m² of 200, as a flash does (ITU-R BT.1702), and by the light stripe's having three times its light, a contrast by Michelson of a half.
 * Lines of text, which are paper for the most part, seldom reach that.
 */
const smallestDifference = 0.1;
const lightPerDark = 3;

/** Shortest period that so many samples still tell, in samples. */
const shortestPeriod = 2.5;

/** How far a period may lie from those before it: a share of them, as perspective makes it, and in samples, as sampling does. */
const periodTolerance = 0.2;
const sampleTolerance = 0.5;

/** The trains of regular stripes along one line. The arrays hold `count` of them. */
export interface StripeTrains {
  count: number;
  /** Where each begins and ends, in samples of the line. */
  readonly from: Float32Array;
  readonly to: Float32Array;
  /** Mean length of a light-dark pair, in samples. */
  readonly period: Float32Array;
  readonly pairs: Uint16Array;
}

/** Trains with no stripes in them yet. */
export function noTrains(): StripeTrains {
  return {
    count: 0,
    from: new Float32Array(mostTrains),
    to: new Float32Array(mostTrains),
    period: new Float32Array(mostTrains),
    pairs: new Uint16Array(mostTrains),
  };
}

/**
 * Finds where light and dark take turns regularly along a line, `fewestPairs` times or more. A stripe ends where the light has come
 * down to a dark one's or up to a light one's; what wavers less than that is part of the stripe. Periods are told from edges that go
 * the same way, and so light and dark stripes need not be of one width.
 *
 * @param line luminance of the line's samples, 1 for a white of 200 cd/m²
 * @param edges room for as many numbers as the line has samples
 */
export function findTrains(line: Float32Array, edges: Float32Array, trains: StripeTrains): void {
  trains.count = 0;
  const found = findEdges(line, edges);
  if (found < 2 * fewestPairs - 1) return;
  let first = 0;
  let mean = 0;
  for (let at = 2; at < found; at++) {
    const period = (edges[at] ?? 0) - (edges[at - 2] ?? 0);
    const isFirst = at === first + 2;
    const isRegular = isFirst || Math.abs(period - mean) <= periodTolerance * mean + sampleTolerance;
    if (isRegular && period >= shortestPeriod) {
      mean = isFirst ? period : mean + (period - mean) / 4;
      continue;
    }
    keep(trains, edges, first, at - 1, line.length);
    first = at - 1;
  }
  keep(trains, edges, first, found - 1, line.length);
}

/** Writes where light and dark stripes meet, to fractions of a sample; gives how many edges there are. */
function findEdges(line: Float32Array, edges: Float32Array): number {
  let found = 0;
  let before = line[0] ?? 0;
  let high = before;
  let low = before;
  /** Whether the stripe that lies here may be light, may be dark; both until the first edge. */
  let mayBeLight = true;
  let mayBeDark = true;
  for (let at = 1; at < line.length; at++) {
    const light = line[at] ?? 0;
    if (light > high) high = light;
    if (light < low) low = light;
    const fallTo = Math.min(high - smallestDifference, high * (1 / lightPerDark));
    if (mayBeLight && light <= fallTo && high >= lightestStripe) {
      edges[found++] = at - (fallTo - light) / Math.max(before - light, fallTo - light, 1e-9);
      mayBeLight = false;
      mayBeDark = true;
      low = light;
    } else if (mayBeDark) {
      const riseTo = Math.max(low + smallestDifference, low * lightPerDark, lightestStripe);
      if (light >= riseTo) {
        edges[found++] = at - (light - riseTo) / Math.max(light - before, light - riseTo, 1e-9);
        mayBeDark = false;
        mayBeLight = true;
        high = light;
      }
    }
    before = light;
  }
  return found;
}

/**
 * Keeps the edges from `first` to `last` as a train, if they bound stripes enough. What lies beyond the outermost edges counts as a
 * stripe, and belongs to the area where the line's end cuts it off.
 */
function keep(trains: StripeTrains, edges: Float32Array, first: number, last: number, length: number): void {
  const count = last - first + 1;
  const pairs = (count + 1) >> 1;
  const { count: at } = trains;
  if (pairs < fewestPairs || at === mostTrains) return;
  const from = edges[first] ?? 0;
  const to = edges[last] ?? 0;
  const period = (2 * (to - from)) / (count - 1);
  trains.from[at] = from < period ? 0 : from;
  trains.to[at] = to > length - period ? length : to;
  trains.period[at] = period;
  trains.pairs[at] = pairs;
  trains.count++;
}
