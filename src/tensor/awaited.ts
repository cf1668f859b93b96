import { coordinates } from "../ops/ordering.js";
import { scope, stepAside } from "../scope.js";
import type { Tensor } from "../tensor.js";
import type { CloseOptions, Operand2 } from "./arguments.js";
import { type IndexItem, isMask, resolveIndex } from "./index-items.js";
import { TensorRandom } from "./random.js";

/** Methods whose result depends on values: on any device, for an await. */
export abstract class TensorAwaited extends TensorRandom {
	private get isReadable(): boolean {
		return this.storage.backend.readSync !== undefined;
	}

	/** As `nonzero()`, on any device: it reads only how many there are. */
	nonzeroAsync(): Promise<Tensor> {
		this.assertAlive();
		if (this.isReadable) return stepAside(this.nonzero());
		return scope(async () => {
			const { shape } = this;
			return coordinates(await stepAside(this.positionsAsync()), shape);
		});
	}

	/** Row-major positions of what is not 0, without a kernel that counts. */
	private async positionsAsync(): Promise<Tensor> {
		const n = this.numel();
		if (n === 0) return this.newEmpty([0], "int32");
		const holds = this.ne(0).reshape([-1]);
		const ends = holds.cumsum(0);
		const count = await ends.select(0, n - 1).item();
		// the others go to one more place behind, which is cut off
		const places = ends.sub(1).where(holds, this.newFull([], count, "int32"));
		return this.newFull([count + 1], 0, "int32")
			.scatter(0, places, this.newFull([n], 1, "int32").cumsum(0).sub(1))
			.narrow(0, 0, count);
	}

	/** As `maskedSelect(mask)`, on any device. */
	maskedSelectAsync(mask: Tensor): Promise<Tensor> {
		this.assertAlive();
		if (this.isReadable) return stepAside(this.maskedSelect(mask));
		return scope(async () => {
			const shape = this.broadcastShape(mask);
			const source = this.expand(shape).reshape([-1]);
			const full = mask.expand(shape).reshape([-1]);
			const places = await full.nonzeroAsync();
			return source.indexSelect(0, places.view([-1]));
		});
	}

	/** As `index(...items)`, on any device: masks are awaited. */
	indexAsync(
		...items: readonly IndexItem[] | readonly [readonly IndexItem[]]
	): Promise<Tensor> {
		this.assertAlive();
		const list = (
			Array.isArray(items[0]) ? items[0] : items
		) as readonly IndexItem[];
		if (this.isReadable || !list.some(isMask))
			return stepAside(this.index(list));
		return scope(async () => {
			// what can be refused without the values
			resolveIndex(this.self, list, (mask) => mask.shape.map(() => mask));
			const places = new Map<Tensor, readonly Tensor[]>();
			for (const mask of list.filter(isMask))
				places.set(mask, (await mask.nonzeroAsync()).unbind(1));
			const { view, dims, indices } = resolveIndex(
				this.self,
				list,
				(mask) => places.get(mask) as readonly Tensor[],
			);
			return view.indexAt(dims, indices);
		});
	}

	/** As `equal(other)`, on any device. */
	equalAsync(other: Tensor): Promise<boolean> {
		this.assertAlive();
		if (String(this.shape) !== String(other.shape)) return stepAside(false);
		return scope(() => settled(this.eq(other)));
	}

	/** As `allclose(other, …)`, on any device. */
	allcloseAsync(
		other: Operand2,
		options?: CloseOptions | number,
		absolute?: number,
		nan?: boolean,
	): Promise<boolean> {
		this.assertAlive();
		return scope(() => settled(this.isclose(other, options, absolute, nan)));
	}
}

async function settled(answers: Tensor): Promise<boolean> {
	return Boolean(await answers.all().item());
}
