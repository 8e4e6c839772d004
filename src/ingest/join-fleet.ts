import type { Fleet, FleetParts } from "./run-on-fleet.js";

/** Joins the fleet, see `openFleet`. Who does without Redis does not load its libraries: they take as long as 30 frames do. */
export async function joinFleet<Block>(parts: FleetParts<Block>): Promise<Fleet<Block>> {
  const { openFleet } = await import("./run-on-fleet.js");
  return openFleet(parts);
}
