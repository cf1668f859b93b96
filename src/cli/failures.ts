/** The command line asks for something that cannot be: exit code 2. */
export class UsageError extends Error {}

/** The user stopped the program: 128 + the signal's number, as shells have it. */
export class Interrupted extends Error {
	constructor(readonly exitCode: number) {
		super("interrupted");
	}
}
