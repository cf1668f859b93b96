import { type Browser, type CDPSession, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM, CHROMIUM_ADVICE } from "../helpers/chromium.js";
import { CHROMIUM_ARGS, missing, serve } from "./support.js";

/** What Playwright switches off so that pages never know that they are not seen. */
const HIDDEN_ARGS = [
	"--disable-background-timer-throttling",
	"--disable-backgrounding-occluded-windows",
	"--disable-renderer-backgrounding",
];

interface Progress {
	readonly steps: number;
	readonly ticks: number;
	readonly loss: number;
	readonly error: string;
}

/** A tab as a user has it. Playwright's own pages always believe that they are seen. */
class Tab {
	private next = 0;
	private readonly waiting = new Map<number, (result: unknown) => void>();

	private constructor(
		private readonly session: CDPSession,
		private readonly targetId: string,
		private readonly sessionId: string,
	) {
		session.on("Target.receivedMessageFromTarget", (event) => {
			if (event.sessionId !== sessionId) return;
			const { id, result, error } = JSON.parse(event.message);
			this.waiting.get(id)?.(result ?? error);
			this.waiting.delete(id);
		});
	}

	static async open(session: CDPSession, url: string): Promise<Tab> {
		const { targetId } = await session.send("Target.createTarget", { url });
		const { sessionId } = await session.send("Target.attachToTarget", {
			targetId,
			flatten: false,
		});
		const tab = new Tab(session, targetId, sessionId);
		while ((await tab.evaluate("document.readyState")) !== "complete")
			await pause(20);
		return tab;
	}

	send(method: string, params: object = {}): Promise<unknown> {
		const id = ++this.next;
		const message = JSON.stringify({ id, method, params });
		return new Promise((resolve, reject) => {
			this.waiting.set(id, resolve);
			this.session
				.send("Target.sendMessageToTarget", {
					sessionId: this.sessionId,
					message,
				})
				.catch(reject);
		});
	}

	async evaluate<T>(expression: string): Promise<T> {
		const { result, exceptionDetails } = (await this.send("Runtime.evaluate", {
			expression,
			awaitPromise: true,
			returnByValue: true,
		})) as { result: { value: T }; exceptionDetails?: unknown };
		if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
		return result.value;
	}

	toFront(): Promise<unknown> {
		return this.session.send("Target.activateTarget", {
			targetId: this.targetId,
		});
	}

	close(): Promise<unknown> {
		return this.session.send("Target.closeTarget", { targetId: this.targetId });
	}

	progress(): Promise<Progress> {
		return this.evaluate("globalThis.progress");
	}

	/** @throws if that many steps more take too long, saying how far it is */
	async until(what: (progress: Progress) => boolean): Promise<Progress> {
		const end = Date.now() + 30_000;
		for (;;) {
			const progress = await this.progress();
			if (progress && what(progress)) return progress;
			if (progress?.error || Date.now() > end)
				throw new Error(`it does not go on: ${JSON.stringify(progress)}`);
			await pause(50);
		}
	}
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const absence = missing(CHROMIUM, CHROMIUM_ADVICE);

describe("a tab in the background", () => {
	let browser: Browser;
	let session: CDPSession;
	let other: Tab;
	let url = "";
	let close: () => void = () => {};

	beforeAll(async () => {
		if (absence) {
			if (process.env.CI) throw new Error(absence);
			console.warn(`not tested: tabs in the background (${absence})`);
			return;
		}
		const served = await serve("");
		url = served.url;
		close = () => served.server.close();
		browser = await chromium.launch({
			executablePath: CHROMIUM,
			args: CHROMIUM_ARGS,
			ignoreDefaultArgs: HIDDEN_ARGS,
		});
		session = await browser.newBrowserCDPSession();
		other = await Tab.open(session, `${url}/page.html`);
	}, 120_000);

	afterAll(async () => {
		await browser?.close();
		close();
	});

	async function training(
		device: string,
		{ prefix = "", threads = 1, before = "" } = {},
	): Promise<Tab> {
		const tab = await Tab.open(session, `${url}${prefix}/page.html`);
		await tab.toFront();
		await tab.evaluate(`(async () => {
			globalThis.torch = await import("${prefix}/dist/index.js");
			${before}
			const { train } = await import("${prefix}/test/runtimes/background.mjs");
			globalThis.training = train(torch, "${device}", ${threads});
		})()`);
		await tab.until(({ steps }) => steps > 10);
		return tab;
	}

	/** Puts another tab before it. */
	async function hide(tab: Tab): Promise<void> {
		await other.toFront();
		while ((await tab.evaluate("document.visibilityState")) !== "hidden")
			await pause(20);
	}

	test.each([
		["cpu", "", 1],
		["cpu", "/isolated", 2],
		["webgpu", "", 1],
	] as const)(
		"training on %s%s with %i threads goes on while timers wait",
		async (device, prefix, threads) => {
			if (absence) return;
			const tab = await training(device, { prefix, threads });
			await hide(tab);
			// a page's timers are held to one a second by now
			const start = await tab.progress();
			await pause(4000);
			const hidden = await tab.progress();
			const ticks = hidden.ticks - start.ticks;
			expect(ticks).toBeLessThan(8);
			// an epoch of 8 steps that waits for a timer would be as slow as they are
			expect(hidden.steps - start.steps).toBeGreaterThan(20 * ticks);
			expect(hidden.loss).toBeLessThan(1.6);
			await tab.close();
		},
	);

	test.each(["cpu", "webgpu"])(
		"a frozen page on %s goes on when it is active again",
		async (device) => {
			if (absence) return;
			const tab = await training(device);
			await hide(tab);
			await tab.send("Page.setWebLifecycleState", { state: "frozen" });
			await pause(300);
			const frozen = await tab.progress();
			await pause(1000);
			const still = await tab.progress();
			expect(still.ticks).toBe(frozen.ticks);
			await tab.send("Page.setWebLifecycleState", { state: "active" });
			await tab.until(({ steps }) => steps > still.steps + 20);
			await tab.evaluate("void (progress.isToStop = true)");
			const end = await tab.evaluate<Progress>("training");
			expect(end.error).toBe("");
			await tab.close();
		},
	);

	test("a device lost in a hidden page is an error, and the next one works", async () => {
		if (absence) return;
		const tab = await training("webgpu", {
			before: `
			const device = await (await navigator.gpu.requestAdapter()).requestDevice();
			globalThis.device = device;
			torch.webgpu.configure({ device });`,
		});
		await hide(tab);
		await tab.evaluate("device.destroy()");
		const end = await tab.evaluate<Progress>("training");
		expect(end.error).toMatch(/^DeviceError: the WebGPU device was lost/);
		const sum = await tab.evaluate(`(async () => {
			torch.webgpu.configure({ device: undefined });
			return (await torch.ones([3]).to("webgpu")).sum().item();
		})()`);
		expect(sum).toBe(3);
		await tab.close();
	});
});
