import { type Bar, MultiBar, Presets } from "cli-progress";

const FORMAT =
	"{bar} {percentage}% | loss {loss} | {speed} images/s | {left} s left";

/** What a training run shows: lines that stay, and below them a bar, if this is a terminal. */
export class Display {
	readonly #bars: MultiBar | null;
	readonly #bar: Bar | null = null;
	readonly #total: number;
	readonly #started = performance.now();
	readonly #restore = () => this.end();

	/** @param total images in all epochs */
	constructor(total: number) {
		this.#bars = process.stdout.isTTY
			? new MultiBar(
					{
						format: FORMAT,
						stream: process.stdout,
						hideCursor: true,
						clearOnComplete: true,
						// Ctrl-C is ours: see interrupt.ts
						gracefulExit: false,
					},
					Presets.shades_classic,
				)
			: null;
		this.#bar =
			this.#bars?.create(total, 0, { loss: "-", speed: "-", left: "-" }) ??
			null;
		this.#total = total;
		// even if the process is ended at once, the cursor must come back
		process.on("exit", this.#restore);
	}

	/** A line that stays. */
	line(text: string): void {
		if (this.#bars) this.#bars.log(`${text}\n`);
		else console.log(text);
	}

	/** @param images how many have been seen */
	progress(images: number, loss: number): void {
		const seconds = (performance.now() - this.#started) / 1000;
		this.#bar?.update(images, {
			loss: loss.toFixed(3),
			speed: Math.round(images / seconds),
			left: Math.ceil((seconds / images) * (this.#total - images)),
		});
	}

	/** Takes the bar away and gives the terminal back as it was. */
	end(): void {
		process.off("exit", this.#restore);
		if (!this.#bars?.isActive) return;
		// its last lines may still wait for the next redraw
		this.#bars.update();
		this.#bars.stop();
	}
}
