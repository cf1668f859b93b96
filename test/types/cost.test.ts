import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../helpers/folder.js";
import { PROJECT } from "../runtimes/support.js";

const compiler = createRequire(import.meta.url).resolve(
	"typescript/lib/tsc.js",
);

/** One model and one step of training; six sets of sizes among all of them. */
function part(i: number, size: (n: number) => string): string {
	const [rows, inputs, classes] = [64, 784, 10]
		.map((n) => n + (i % 6))
		.map(size);
	return `
class Net${i} extends nn.Module {
	fc1 = new nn.Linear(${inputs}, 128);
	fc2 = new nn.Linear(128, ${classes});
	forward(x: torch.Tensor): torch.Tensor {
		const h = F.relu(this.fc1.forward(x));
		return this.fc2.forward(F.dropout(h, 0.5));
	}
}
export function step${i}(): number {
	const x = torch.rand(${rows}, ${inputs});
	const w = torch.randn(${inputs}, ${classes}, { requiresGrad: true });
	const logits = x.matmul(w).add(torch.zeros(${classes}));
	const target = torch.randint(0, ${classes}, [${rows}]);
	const probs = F.softmax(logits, 1);
	const hit = logits.argmax(1).eq(target).sum();
	const centred = probs.sub(probs.mean(0, { keepdim: true }));
	const flat = centred.t().reshape(-1).unsqueeze(0);
	const loss = F.crossEntropy(logits, target).add(flat.mul(flat).mean());
	const net = new Net${i}();
	const optimizer = new optim.SGD(net.parameters(), { lr: 0.01 });
	net.forward(x.view(-1, ${inputs})).sum().backward();
	loss.backward();
	optimizer.step();
	const best = torch.max(logits.maskedFill(logits.lt(0), 0), 1);
	const joined = torch.cat([best.values.unsqueeze(1), logits], 1);
	return joined.sum().itemSync() + hit.itemSync();
}`;
}

function app(size: (n: number) => string): string {
	const head = `import * as torch from "torchlet";
const { nn, optim } = torch;
const F = nn.functional;
declare const sizes: Record<number, number>;`;
	return head + Array.from({ length: 19 }, (_, i) => part(i, size)).join("");
}

function project(name: string, text: string): string {
	const folder = join(temporaryFolder(), name);
	mkdirSync(folder);
	writeFileSync(join(folder, "app.ts"), text);
	const compilerOptions = {
		target: "es2022",
		module: "nodenext",
		lib: ["es2023", "esnext.disposable", "dom", "dom.iterable"],
		strict: true,
		noEmit: true,
		skipLibCheck: true,
		types: ["node", "@webgpu/types"],
		typeRoots: [
			join(PROJECT, "node_modules/@types"),
			join(PROJECT, "node_modules"),
		],
		paths: { torchlet: [join(PROJECT, "dist/types/src/index.d.ts")] },
	};
	writeFileSync(
		join(folder, "tsconfig.json"),
		JSON.stringify({ compilerOptions, files: ["app.ts"] }),
	);
	return folder;
}

/** Seconds of processor time that tsc takes. @throws what it complains about */
function seconds(folder: string): number {
	const program = `
		process.on("exit", () => process.stderr.write(String(process.cpuUsage().user)));
		process.argv.splice(1, 0, ${JSON.stringify(compiler)});
		require(${JSON.stringify(compiler)});`;
	const out = execFileSync(
		"bash",
		["-c", '"$0" -e "$1" -- -p "$2" 2>&1', process.execPath, program, folder],
		{ encoding: "utf8" },
	);
	return Number(out) / 1e6;
}

test("shapes cost the compiler at most a fifth of its time", () => {
	const plain = project(
		"plain",
		app((n) => `sizes[${n}] as number`),
	);
	const literal = project("literal", app(String));
	expect(app(String).split("\n").length).toBeGreaterThan(500);
	const least = { plain: Infinity, literal: Infinity };
	for (let i = 0; i < 3; i++) {
		least.plain = Math.min(least.plain, seconds(plain));
		least.literal = Math.min(least.literal, seconds(literal));
	}
	expect(
		least.literal / least.plain,
		JSON.stringify(least),
	).toBeLessThanOrEqual(1.2);
}, 180_000);
