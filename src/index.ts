import { inlinedCore } from "./backends/cpu/inlined.js";
import { provideCore } from "./backends/devices.js";

export * from "./slim.js";

provideCore(inlinedCore);
