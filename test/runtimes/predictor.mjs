/**
 * A predictor with workers, in any runtime. As a program of Node, Deno or Bun it takes the
 * package's folder and a weight file, and has to end by itself.
 */

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @returns what differs from one thread's answers, and how many threads there were */
export async function served({ createPredictor }, weights) {
	const rows = new Uint8Array(784 * 10_000);
	for (let i = 0; i < rows.length; i++) rows[i] = i % 7 ? 0 : (i * 31) & 255;
	const options = { weights: "int16" };
	const one = await createPredictor(weights, { ...options, threads: 1 });
	const want = one.predictSync(rows).labels.join();
	const p = await createPredictor(weights, { ...options, threads: 3 });
	const { threads, sharedMemory, reason } = p.capabilities();
	const failures = [];
	async function check(when, promise) {
		try {
			const { labels } = await promise;
			if (labels.join() !== want) failures.push(`${when}: other labels`);
		} catch (error) {
			failures.push(`${when}: ${error}`);
		}
	}
	for (let i = 0; i < 20; i++) {
		await check("one call", p.predict(rows));
		// some workers nap, some sleep
		if (i % 5 === 0) await pause(i * 3);
	}
	await Promise.all([0, 1, 2].map(() => check("at once", p.predict(rows))));
	const labels = [];
	const chunks = new Blob([rows]).stream();
	for await (const found of p.stream(chunks)) labels.push(...found.labels);
	if (labels.join() !== want) failures.push("stream: other labels");
	let replaced = threads;
	if (threads > 1) {
		p.startPool().members[0]?.thread?.terminate();
		const end = performance.now() + 10_000;
		do await pause(5);
		while (
			p.capabilities().threads === threads &&
			performance.now() < end - 9900
		);
		do await pause(5);
		while (p.capabilities().threads < threads && performance.now() < end);
		replaced = p.capabilities().threads;
		for (let i = 0; i < 3; i++) await check("replaced", p.predict(rows));
	}
	// the last call is under way when the program ends
	void p.predict(rows).catch((error) => console.error(error));
	return { threads, sharedMemory, reason, replaced, failures };
}

if (globalThis.process?.argv[3]) {
	const [, , dist, file] = globalThis.process.argv;
	const { readFileSync } = await import("node:fs");
	const entry = await import(`${dist}/predictor.js`);
	console.log(JSON.stringify(await served(entry, readFileSync(file))));
}
