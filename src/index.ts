import { provideCore } from "./backends/devices.js";
import { inlinedCore } from "./backends/cpu/inlined.js";

export * from "./slim.js";

provideCore(inlinedCore);
