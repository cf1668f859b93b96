/**
 * Things that serve again. An array's own push and pop shrink it and let it
 * grow again, in every turn of a loop that takes them all and gives them back.
 */
export class Spares<T> {
	private readonly items: (T | undefined)[] = [];
	private count = 0;

	constructor(private readonly most: number) {}

	/** One of them, if there are any. */
	take(): T | undefined {
		if (this.count === 0) return undefined;
		const item = this.items[--this.count];
		this.items[this.count] = undefined;
		return item;
	}

	/** Takes one in, unless there are enough. */
	give(item: T): void {
		if (this.count < this.most) this.items[this.count++] = item;
	}
}
