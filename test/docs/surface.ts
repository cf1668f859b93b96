import { readFileSync } from "node:fs";
import * as torch from "../../src/index.js";

interface Dump {
	readonly torch: string;
	readonly names: Readonly<Record<string, readonly string[]>>;
}

const { nn, optim, autograd } = torch;

/** Where the names of each of PyTorch's modules are looked for. */
const PLACES: Readonly<Record<string, object>> = {
	torch,
	"torch.Tensor": torch.zeros(1),
	"torch.autograd": { ...torch, ...autograd },
	"torch.autograd.functional": autograd.functional,
	"torch.nn": nn,
	"torch.nn.functional": nn.functional,
	"torch.nn.init": nn.init,
	"torch.nn.utils": nn.utils,
	"torch.optim": optim,
	"torch.optim.lr_scheduler": optim.lrScheduler,
	"torch.optim.swa_utils": optim.swaUtils,
	"torch.utils.data": torch,
};

/** Names that are not PyTorch's in camelCase. */
const OTHERWISE: Readonly<Record<string, string>> = {
	"torch.from_numpy": "fromArray",
	"torch.Tensor.numpy": "data",
};

function camelCase(name: string): string {
	return name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, c: string) =>
		c.toUpperCase(),
	);
}

/** The name under which something of PyTorch's is here, or null. */
function here(section: string, name: string): string | null {
	const ours = OTHERWISE[`${section}.${name}`] ?? camelCase(name);
	return ours in (PLACES[section] as object) ? ours : null;
}

/** PyTorch's names, each with ours, as Markdown. */
export function surface(): string {
	const file = new URL("../../fixtures/surface.json", import.meta.url);
	const dump: Dump = JSON.parse(readFileSync(file, "utf8"));
	const parts = Object.entries(dump.names).map(([section, names]) => {
		const found = names.map((name) => [name, here(section, name)] as const);
		const present = found.filter(([, ours]) => ours !== null);
		const absent = found.filter(([, ours]) => ours === null);
		const rows = present.map(([name, ours]) => `| \`${name}\` | \`${ours}\` |`);
		const rest = absent.map(([name]) => `\`${name}\``).join(" ");
		return [
			`## ${section}: ${present.length} of ${names.length}`,
			["| PyTorch | Torchlet |", "| --- | --- |", ...rows].join("\n"),
			...(rest ? [`Not here: ${rest}`] : []),
		].join("\n\n");
	});
	return [
		"# What is here of PyTorch",
		`The public names of PyTorch ${dump.torch.replace(/a0$/, "")}, and ours. Written by \`npm run surface\` from what Torchlet exports.`,
		...parts,
		"",
	].join("\n\n");
}
