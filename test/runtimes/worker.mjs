/** The chapter in a Web Worker. */
import * as torch from "/dist/index.js";
import * as vision from "/dist/vision.js";
import { chapter, unpack } from "./chapter.mjs";

self.addEventListener("message", async ({ data: device }) => {
	try {
		torch.configure({ deterministic: true });
		const response = await fetch("/data");
		const data = unpack(await response.arrayBuffer());
		postMessage(await chapter(torch, vision, data, device));
	} catch (error) {
		postMessage({ error: String(error?.stack ?? error) });
	}
});
