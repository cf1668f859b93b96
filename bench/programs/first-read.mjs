// What every program here does that reads weights, and nothing else.
import { readFileSync } from "node:fs";

const bytes = readFileSync(`${process.env.BENCH_DATA}/trained.pth`);
if (bytes.length === 0) throw new Error("no bytes");
