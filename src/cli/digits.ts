import { PNG } from "pngjs";
import { PIXELS } from "./model.js";

const SIDE = 28;
const COLUMNS = 10;
const FIRST = 40;
const MISTAKES = 20;
const CELL = { width: 64, height: 82 };
const MARGIN = 16;

/**
 * An SVG of the first test images and of the first that are told wrong, each
 * over its prediction; a wrong one in red beside the truth.
 *
 * @param images 784 bytes each
 */
export function digitsGrid(
	images: Uint8Array,
	labels: Int32Array,
	predicted: Int32Array,
): string {
	const all = Array.from(labels.keys());
	const mistakes = all.filter((i) => predicted[i] !== labels[i]);
	const parts: string[] = [];
	let y = MARGIN;
	const section = (title: string, shown: number[]) => {
		parts.push(text(MARGIN, y + 14, title, "start", "#333"));
		y += 28;
		for (const [at, i] of shown.entries()) {
			const left = MARGIN + (at % COLUMNS) * CELL.width;
			const top = y + Math.floor(at / COLUMNS) * CELL.height;
			const right = predicted[i] === labels[i];
			const caption = right
				? `${predicted[i]}`
				: `${predicted[i]} (${labels[i]})`;
			const image = images.subarray(i * PIXELS, (i + 1) * PIXELS);
			parts.push(
				`<image x="${left}" y="${top}" width="56" height="56" href="${dataUri(image)}"/>`,
				text(left + 28, top + 72, caption, "middle", right ? "#333" : "#c22"),
			);
		}
		y += Math.ceil(shown.length / COLUMNS) * CELL.height + MARGIN;
	};
	section("First test images, with what the network says", all.slice(0, FIRST));
	section(
		`Mistakes, the truth in brackets: ${Math.min(MISTAKES, mistakes.length)} of ${mistakes.length}`,
		mistakes.slice(0, MISTAKES),
	);
	const width = 2 * MARGIN + COLUMNS * CELL.width;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" font-family="sans-serif" font-size="14">`,
		`<rect width="${width}" height="${y}" fill="#fff"/>`,
		...parts,
		"</svg>\n",
	].join("\n");
}

function text(
	x: number,
	y: number,
	content: string,
	anchor: string,
	fill: string,
): string {
	return `<text x="${x}" y="${y}" text-anchor="${anchor}" fill="${fill}">${content}</text>`;
}

/** A grey PNG, ink dark on white as on paper. */
function dataUri(grey: Uint8Array): string {
	const png = new PNG({ width: SIDE, height: SIDE });
	png.data = Buffer.from(grey.map((v) => 255 - v));
	const bytes = PNG.sync.write(png, {
		colorType: 0,
		inputColorType: 0,
		inputHasAlpha: false,
	});
	return `data:image/png;base64,${bytes.toString("base64")}`;
}
