// Prints the resident memory in MiB once a program beside this one has run.
const program = process.argv[2];
const print = () => {
	globalThis.gc();
	console.log(process.memoryUsage.rss() / 2 ** 20);
};
if (program === "bare") print();
else {
	// one of them has to end itself
	const { exit } = process;
	process.exit = () => {};
	await import(`./${program}.mjs`);
	print();
	exit(0);
}
