import fc from "fast-check";

// The same inputs in every run: what fails can be repeated, and what passes
// here passes everywhere. Set FC_SEED to look at others.
fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) });
