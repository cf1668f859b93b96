import { TorchletError } from "../errors.js";

/** How tensors are printed; what is left out stays as it is. */
export interface PrintOptions {
	/** Digits after the point, 0 to 99; 4 at first. */
	precision?: number;
	/** Tensors of more elements than this are summarised; 1000 at first. */
	threshold?: number;
	/** Elements at each end of a summarised dimension; 3 at first. */
	edgeitems?: number;
	/** Characters per line, where lines can be broken; 80 at first. */
	linewidth?: number;
	/** A set of values, which the other options then change. */
	profile?: "default" | "short" | "full";
	/** Exponents always or never. Left out, each tensor decides for itself. */
	sciMode?: boolean | null;
}

interface Settings {
	readonly precision: number;
	readonly threshold: number;
	readonly edgeitems: number;
	readonly linewidth: number;
	readonly sciMode: boolean | null;
}

const DEFAULT: Settings = {
	precision: 4,
	threshold: 1000,
	edgeitems: 3,
	linewidth: 80,
	sciMode: null,
};

const PROFILES: Readonly<Record<string, Settings>> = {
	default: DEFAULT,
	short: { ...DEFAULT, precision: 2, edgeitems: 2 },
	full: { ...DEFAULT, threshold: Number.POSITIVE_INFINITY },
};

let settings = DEFAULT;

/** What `setPrintoptions` has set. */
export function printOptions(): Settings {
	return settings;
}

function check(name: string, ok: boolean, found: unknown, wanted: string) {
	if (!ok) {
		throw new TorchletError(
			`setPrintoptions(): ${name} must be ${wanted}, but got ${String(found)}`,
		);
	}
}

/**
 * Sets how tensors are printed from now on, as `torch.set_printoptions`. As
 * there, `sciMode` goes back to automatic when it is left out.
 * @throws TorchletError for a value that cannot be; nothing is changed then
 */
export function setPrintoptions(options: PrintOptions = {}): void {
	const { profile } = options;
	check(
		"profile",
		profile === undefined || Object.hasOwn(PROFILES, profile),
		profile,
		"'default', 'short' or 'full'",
	);
	const base = (profile && PROFILES[profile]) || settings;
	const next: Settings = {
		precision: options.precision ?? base.precision,
		threshold: options.threshold ?? base.threshold,
		edgeitems: options.edgeitems ?? base.edgeitems,
		linewidth: options.linewidth ?? base.linewidth,
		sciMode: options.sciMode ?? null,
	};
	const { precision, threshold, edgeitems, linewidth } = next;
	check(
		"precision",
		Number.isInteger(precision) && precision >= 0 && precision <= 99,
		precision,
		"a whole number from 0 to 99",
	);
	check("threshold", threshold >= 0, threshold, "a number, at least 0");
	check(
		"edgeitems",
		Number.isInteger(edgeitems) && edgeitems > 0,
		edgeitems,
		"a whole number, at least 1",
	);
	check("linewidth", linewidth >= 1, linewidth, "a number, at least 1");
	settings = next;
}
