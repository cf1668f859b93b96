import { FormatError } from "../errors.js";
import { finish } from "./finish.js";
import { findGlobal, Global } from "./globals.js";
import { PickleReader } from "./pickle-reader.js";
import {
	type FileDType,
	type PlainStorage,
	PlainTensor,
	type PlainValue,
} from "./plain.js";

/** Finds the storage that a persistent id names. `numel` counts elements. */
export type StorageFinder = (
	dtype: FileDType,
	key: string,
	numel: number,
) => PlainStorage;

export interface Unpickled {
	value: PlainValue;
	/** Every tensor met, also those the value does not hold; unchecked. */
	tensors: PlainTensor[];
	/** Position of the byte after the pickle. */
	end: number;
}

/**
 * Reads one pickle of protocol 0 to 5 as data. Nothing is ever called or
 * imported: a global is a name in a closed table, or an error.
 *
 * Dicts whose keys are all strings become objects, others Maps; lists and
 * tuples become arrays; integers beyond 2⁵³ bigints.
 *
 * @throws FormatError for anything else, and for malformed pickles.
 */
export function unpickle(
	bytes: Uint8Array,
	start: number,
	findStorage: StorageFinder,
): Unpickled {
	const machine = new Machine(bytes, start, findStorage);
	const raw = machine.run();
	return {
		value: finish(raw),
		tensors: machine.tensors,
		end: machine.pos,
	};
}

class Machine extends PickleReader {
	readonly tensors: PlainTensor[] = [];
	private stack: unknown[] = [];
	private readonly marks: number[] = [];
	private readonly memo = new Map<number, unknown>();

	constructor(
		bytes: Uint8Array,
		start: number,
		private readonly findStorage: StorageFinder,
	) {
		super(bytes, start);
	}

	run(): unknown {
		for (;;) {
			const where = this.pos;
			const op = this.uint(1);
			switch (op) {
				case 0x80: // PROTO
					if (this.uint(1) > 5) {
						throw this.bad("a protocol newer than 5");
					}
					break;
				case 0x95: // FRAME: a hint for buffering
					this.take(8);
					break;
				case 0x2e: // STOP
					return this.pop();

				// numbers, booleans, None
				case 0x4e: // NONE
					this.push(null);
					break;
				case 0x88: // NEWTRUE
					this.push(true);
					break;
				case 0x89: // NEWFALSE
					this.push(false);
					break;
				case 0x4b: // BININT1
					this.push(this.uint(1));
					break;
				case 0x4d: // BININT2
					this.push(this.uint(2));
					break;
				case 0x4a: // BININT
					this.push(this.int32());
					break;
				case 0x47: // BINFLOAT
					this.push(this.float64());
					break;
				case 0x8a: // LONG1
					this.push(this.long(this.uint(1)));
					break;
				case 0x8b: // LONG4
					this.push(this.long(this.uint(4)));
					break;
				case 0x49: // INT
				case 0x4c: // LONG
					this.push(this.textInt(this.line()));
					break;
				case 0x46: // FLOAT
					this.push(this.textFloat(this.line()));
					break;

				// strings; the BINSTRINGs are Python 2's str
				case 0x8c: // SHORT_BINUNICODE
				case 0x55: // SHORT_BINSTRING
					this.push(this.text(this.uint(1)));
					break;
				case 0x58: // BINUNICODE
				case 0x54: // BINSTRING
					this.push(this.text(this.uint(4)));
					break;
				case 0x8d: // BINUNICODE8
					this.push(this.text(this.uint(8)));
					break;

				// containers
				case 0x7d: // EMPTY_DICT
					this.push(new Map());
					break;
				case 0x5d: // EMPTY_LIST
				case 0x29: // EMPTY_TUPLE
					this.push([]);
					break;
				case 0x28: // MARK
					this.marks.push(this.stack.length);
					break;
				case 0x74: // TUPLE
				case 0x6c: // LIST
					this.push(this.popMark());
					break;
				case 0x64: {
					// DICT
					const items = this.popMark();
					this.push(new Map());
					this.setItems(items);
					break;
				}
				case 0x85: // TUPLE1
				case 0x86: // TUPLE2
				case 0x87: // TUPLE3
					this.push(this.popMany(op - 0x84));
					break;
				case 0x61: // APPEND
					this.append(this.popMany(1));
					break;
				case 0x65: // APPENDS
					this.append(this.popMark());
					break;
				case 0x73: // SETITEM
					this.setItems(this.popMany(2));
					break;
				case 0x75: // SETITEMS
					this.setItems(this.popMark());
					break;

				// the stack and the memo
				case 0x30: // POP
					if (this.marks.at(-1) === this.stack.length) this.marks.pop();
					else this.pop();
					break;
				case 0x31: // POP_MARK
					this.popMark();
					break;
				case 0x32: // DUP
					this.push(this.top());
					break;
				case 0x71: // BINPUT
					this.memo.set(this.uint(1), this.top());
					break;
				case 0x72: // LONG_BINPUT
					this.memo.set(this.uint(4), this.top());
					break;
				case 0x70: // PUT
					this.memo.set(Number(this.line()), this.top());
					break;
				case 0x94: // MEMOIZE
					this.memo.set(this.memo.size, this.top());
					break;
				case 0x68: // BINGET
					this.push(this.recall(this.uint(1)));
					break;
				case 0x6a: // LONG_BINGET
					this.push(this.recall(this.uint(4)));
					break;
				case 0x67: // GET
					this.push(this.recall(Number(this.line())));
					break;

				// names
				case 0x63: {
					// GLOBAL
					const module = this.line();
					this.push(findGlobal(module, this.line()));
					break;
				}
				case 0x69: {
					// INST: a class's name and, from the mark, its arguments
					const module = this.line();
					const found = findGlobal(module, this.line());
					this.push(this.call(found, this.popMark()));
					break;
				}
				case 0x93: {
					// STACK_GLOBAL
					const [module, name] = this.popMany(2);
					if (typeof module !== "string" || typeof name !== "string") {
						throw this.bad("a global without a name");
					}
					this.push(findGlobal(module, name));
					break;
				}
				case 0x52: // REDUCE
				case 0x81: {
					// NEWOBJ
					const [called, args] = this.popMany(2);
					this.push(this.call(called, args));
					break;
				}
				case 0x62: {
					// BUILD: attributes, such as a state dict's _metadata, are no data
					this.pop();
					if (!(this.top() instanceof Map)) {
						throw this.bad("attributes on something other than a dict");
					}
					break;
				}
				case 0x51: // BINPERSID
					this.push(this.persistent(this.pop()));
					break;

				default:
					throw new FormatError(
						`cannot read the pickle: opcode 0x${op.toString(16).padStart(2, "0")} at byte ${where} is none that weight files use (bytes, sets and objects are not loaded)`,
					);
			}
		}
	}

	private call(called: unknown, args: unknown): unknown {
		if (!(called instanceof Global) || called.call === undefined) {
			throw this.bad("a call of something other than a known function");
		}
		if (!Array.isArray(args)) throw this.bad("a call without arguments");
		const made = called.call(args);
		if (made instanceof PlainTensor) this.tensors.push(made);
		return made;
	}

	private persistent(id: unknown): PlainStorage {
		if (!Array.isArray(id) || id[0] !== "storage") {
			throw this.bad("a persistent id that names no storage");
		}
		// id[3] is the device it was on; id[5], in old files, a view of the
		// storage, which no version since 0.4 has written
		const [, type, key, , numel, view] = id as unknown[];
		if (!(type instanceof Global) || type.storageDType === undefined) {
			throw this.bad("a storage without a type");
		}
		if (
			typeof key !== "string" ||
			typeof numel !== "number" ||
			!Number.isSafeInteger(numel) ||
			numel < 0 ||
			(view !== undefined && view !== null)
		) {
			throw this.bad("a storage that is none of PyTorch's since 0.4");
		}
		return this.findStorage(type.storageDType, key, numel);
	}

	private append(items: unknown[]): void {
		const list = this.top();
		if (!Array.isArray(list)) throw this.bad("an append to no list");
		for (const item of items) list.push(item);
	}

	private setItems(items: unknown[]): void {
		const dict = this.top();
		if (!(dict instanceof Map)) throw this.bad("an item set in no dict");
		if (items.length % 2 !== 0) throw this.bad("a key without a value");
		for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
	}

	private recall(index: number): unknown {
		const value = this.memo.get(index);
		if (value === undefined) throw this.bad(`no memo ${index}`);
		return value;
	}

	private push(value: unknown): void {
		this.stack.push(value);
	}

	/** Nothing below the newest mark may be taken: the mark would dangle. */
	private top(): unknown {
		if (this.stack.length <= (this.marks.at(-1) ?? 0)) {
			throw this.bad("an empty stack");
		}
		return this.stack.at(-1);
	}

	private pop(): unknown {
		const value = this.top();
		this.stack.pop();
		return value;
	}

	private popMany(count: number): unknown[] {
		if (this.stack.length - count < (this.marks.at(-1) ?? 0)) {
			throw this.bad("an empty stack");
		}
		return this.stack.splice(this.stack.length - count);
	}

	private popMark(): unknown[] {
		const mark = this.marks.pop();
		if (mark === undefined) throw this.bad("no mark");
		return this.stack.splice(mark);
	}
}
