// JavaScript arrays in and out. What comes out is a copy: reading waits for
// the device, which may be a GPU, and what is read never changes afterwards.
import * as torch from "torchlet";

const pixels = new Float32Array([0, 0.25, 0.5, 0.75, 1, 1.25]);
const image = torch.fromArray(pixels, [2, 3]);
console.log(String(image));

const labels = torch.fromArray(new Int32Array([5, 0, 4]));
console.log(String(labels), labels.dtype);

const back = await image.mul(2).data();
console.log(...back);

const rows = await image.tolist();
for (const row of rows) console.log(...row);

console.log(await image.sum().item());
console.log(await labels.max().item());
