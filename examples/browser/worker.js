// Trains in a Web Worker, so that the page stays responsive also on the CPU.
import * as torch from "../../dist/index.js";
import * as vision from "../../dist/vision.js";
import { train } from "./train.js";

self.addEventListener("message", async ({ data: options }) => {
	try {
		await train(torch, vision, options, (news) => self.postMessage(news));
	} catch ({ name, message }) {
		self.postMessage({ error: { name, message } });
	}
});
