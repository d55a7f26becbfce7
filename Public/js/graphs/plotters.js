// How the time–sequence graph draws what is no line: segments as upright bars, SACK blocks, and what was lost. `barOf` gives
// the bar of a row.

/** Segments: from their first to their last sequence number. */
export function segmentPlotter(barOf) {
    return ({ points, drawingContext: pen, dygraph, color }) => {
        pen.lineWidth = 2;
        for (const { canvasx, canvasy, idx } of points) {
            const bar = barOf(idx);
            if (Number.isNaN(canvasy) || bar?.from === undefined) continue;
            pen.strokeStyle = color;
            const foot = dygraph.toDomYCoord(bar.from);
            // A bar of less than two pixels would not be seen.
            const top = Math.min(canvasy, foot - 2);
            stroke(pen, canvasx, top, canvasx, foot);
            if (bar.isLost) {
                pen.strokeStyle = getComputedStyle(document.body).getPropertyValue("--alarm");
                stroke(pen, canvasx - 4, top - 4, canvasx + 4, top + 4);
                stroke(pen, canvasx + 4, top - 4, canvasx - 4, top + 4);
            }
        }
    };
}

/** SACK blocks: upright bars at the time of the acknowledgment that carried them. */
export function sackPlotter(barOf) {
    return ({ points, drawingContext: pen, dygraph, color }) => {
        pen.strokeStyle = color;
        pen.lineWidth = 3;
        for (const { canvasx, idx } of points) {
            for (const { from, to } of barOf(idx)?.sacked ?? []) {
                stroke(pen, canvasx, dygraph.toDomYCoord(to), canvasx, dygraph.toDomYCoord(from));
            }
        }
    };
}

function stroke(pen, fromX, fromY, toX, toY) {
    pen.beginPath();
    pen.moveTo(fromX, fromY);
    pen.lineTo(toX, toY);
    pen.stroke();
}
