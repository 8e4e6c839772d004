"use strict";
/* The report page, part 5: marks in the stream of where something is spliced in. */
{
  const { page } = globalThis;
  const { report, byId, element, clock, moment, titleOf, follow, share, zoomTo } = page;
  const markers = report.markers ?? [];
  const track = element("div", { class: "track" });

  function textOf({ command, startSeconds, durationSeconds, eventId, outOfNetwork, cancelled }) {
    const facts = [
      titleOf(command),
      ...(outOfNetwork === undefined ? [] : [outOfNetwork ? "leaves the programme" : "returns to the programme"]),
      ...(durationSeconds === undefined ? [] : [`for ${clock(durationSeconds, 1)}`]),
      ...(eventId === undefined ? [] : [`event ${eventId}`]),
      ...(cancelled ? ["cancelled"] : []),
    ];
    return `${moment(startSeconds)} SCTE-35: ${facts.join(", ")}`;
  }

  function drawMarkers() {
    track.replaceChildren(
      ...markers.flatMap((marker) => {
        const place = share(marker.startSeconds);
        if (place < 0 || place > 1) return [];
        const zoom = () => zoomTo(marker.startSeconds, marker.startSeconds + (marker.durationSeconds ?? 0));
        const text = textOf(marker);
        const mark = element("button", { type: "button", class: "marker", title: text, "aria-label": text, onclick: zoom });
        mark.style.left = `${place * 100}%`;
        return [mark];
      }),
    );
  }

  function makeMarkers() {
    if (markers.length === 0) return;
    const name = element("span", { class: "name" }, "Splices", element("small", {}, String(markers.length)));
    byId("timeline").append(element("div", { class: "row" }, name, track));
    follow(drawMarkers);
  }

  Object.assign(page, { makeMarkers });
}
