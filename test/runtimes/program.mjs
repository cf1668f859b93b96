/** The chapter as a process of Node, Deno or Bun: package folder, data file, device. */
import { readFileSync } from "node:fs";
import { chapter, unpack } from "./chapter.mjs";

const [dist, file, device] = process.argv.slice(2);
const torch = await import(`${dist}/index.js`);
const vision = await import(`${dist}/vision.js`);
torch.configure({ deterministic: true });
const { buffer, byteOffset, byteLength } = readFileSync(file);
const data = unpack(buffer.slice(byteOffset, byteOffset + byteLength));
const result = await chapter(torch, vision, data, device);
console.log(JSON.stringify(result));
// Dawn's threads would keep Node alive
process.exit(0);
