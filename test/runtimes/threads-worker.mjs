/** Threads that are started from a Web Worker. */
import * as torch from "../../dist/index.js";
import { oneAndTwo } from "./threads.mjs";

postMessage(await oneAndTwo(torch, true));
