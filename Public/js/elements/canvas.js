// An SVG picture as a PNG, drawn stroke by stroke: the page's policy lets no image come from anywhere but the service, so
// the browser's own way, an image of the SVG's text, is closed.

/** The largest canvas that browsers draw with certainty, in pixels of its longer side. */
const largestCanvas = 16_000;

/** The picture as PNG, twice as fine as the screen where it is not too tall for that. */
export async function pngOf(picture) {
    const width = Number(picture.getAttribute("width"));
    const height = Number(picture.getAttribute("height"));
    const scale = Math.min(2, largestCanvas / height);
    const canvas = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    const family = picture.getAttribute("font-family");
    draw(pen, picture, family);
    return canvas.convertToBlob({ type: "image/png" });
}

function draw(pen, element, family) {
    pen.save();
    applyTransform(pen, element.getAttribute("transform"));
    pen.strokeStyle = element.getAttribute("stroke") ?? "transparent";
    pen.fillStyle = element.getAttribute("fill") ?? "transparent";
    pen.lineWidth = Number(element.getAttribute("stroke-width") ?? 1);
    pen.setLineDash((element.getAttribute("stroke-dasharray") ?? "").split(" ").filter(Boolean).map(Number));
    drawShape(pen, element, family);
    for (const child of element.children) draw(pen, child, family);
    pen.restore();
}

function drawShape(pen, element, family) {
    const number = (name) => Number(element.getAttribute(name));
    switch (element.tagName) {
        case "rect":
            return pen.fillRect(0, 0, largestCanvas, largestCanvas);
        case "path":
            return pen.stroke(new Path2D(element.getAttribute("d")));
        case "polygon":
            return pen.fill(new Path2D(`M${element.getAttribute("points").replaceAll(" ", "L")}Z`));
        case "circle":
            pen.beginPath();
            pen.arc(number("cx"), number("cy"), number("r"), 0, 2 * Math.PI);
            return pen.fill();
        case "text":
            pen.font = `${element.getAttribute("font-weight") ?? ""} ${element.getAttribute("font-size")}px ${family}`;
            pen.textAlign = { middle: "center", end: "right" }[element.getAttribute("text-anchor")] ?? "left";
            pen.lineJoin = "round";
            pen.strokeText(element.textContent, number("x"), number("y"));
            return pen.fillText(element.textContent, number("x"), number("y"));
    }
}

function applyTransform(pen, transform) {
    const [, name, numbers] = transform?.match(/^(\w+)\((.*)\)$/) ?? [];
    const [first, second = 0, third = 0] = (numbers ?? "").split(/[ ,]+/).map(Number);
    if (name === "translate") pen.translate(first, second);
    if (name !== "rotate") return;
    pen.translate(second, third);
    pen.rotate((first * Math.PI) / 180);
    pen.translate(-second, -third);
}
