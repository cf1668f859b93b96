import { DeviceError } from "../../errors.js";

/** What some adapters can do beyond what WebGPU promises of all; in use or not. */
export interface Features {
	/** Lines are added up across subgroups: fewer barriers. Numbers to float rounding. */
	readonly subgroups: boolean;
	/** Large products keep strips of their factors as 16-bit floats. */
	readonly f16: boolean;
}

/** Whether to use a feature: never, where it is offered, or only with it. */
export type Wish = boolean | "required";
export type Wishes = { readonly [F in keyof Features]?: Wish | undefined };

export const NO_FEATURES: Features = { subgroups: false, f16: false };

/** WebGPU's names. */
const NAMES = { subgroups: "subgroups", f16: "shader-f16" } as const;

interface Offer {
	readonly features: { has(name: string): boolean };
}

/**
 * What is wished for and offered by an adapter, or by the user's own device.
 * @throws DeviceError if one that is required is not
 */
export function featuresFor(
	wishes: Wishes,
	offer: Offer,
	isDevice = false,
): Features {
	const isInUse = (feature: keyof Features): boolean => {
		const wish = wishes[feature] ?? false;
		const name = NAMES[feature];
		if (wish === false || offer.features.has(name)) return wish !== false;
		if (wish === true) return false;
		throw new DeviceError(
			isDevice
				? `torch.webgpu.configure({ ${feature}: 'required' }) was asked for, but the device that it was given was made without '${name}'. Make it with requestDevice({ requiredFeatures: ['${name}'] }), or say ${feature}: true, which uses it where it is there`
				: `torch.webgpu.configure({ ${feature}: 'required' }) was asked for, but this adapter does not offer '${name}'. Say ${feature}: true, which uses it where it is offered, or use another adapter (powerPreference)`,
		);
	};
	return { subgroups: isInUse("subgroups"), f16: isInUse("f16") };
}

/** The names by which to ask an adapter for them. */
export function namesOf(features: Features): GPUFeatureName[] {
	return (Object.keys(NAMES) as (keyof Features)[])
		.filter((feature) => features[feature])
		.map((feature) => NAMES[feature]);
}

/** What the kernels count on. WebGPU promises as much, but not of its compatibility mode. */
const LEAST = {
	maxStorageBuffersPerShaderStage: 8,
	maxComputeInvocationsPerWorkgroup: 256,
	maxComputeWorkgroupSizeX: 256,
	maxComputeWorkgroupStorageSize: 16384,
	maxComputeWorkgroupsPerDimension: 65535,
} as const;

/** @throws DeviceError that names the limit that is too low */
export function assertLimits(limits: GPUSupportedLimits): void {
	for (const [name, least] of Object.entries(LEAST)) {
		const found = limits[name as keyof typeof LEAST];
		if (found < least)
			throw new DeviceError(
				`webgpu was asked for, but its device has a ${name} of ${found}, and the kernels need ${least}. Use 'cpu', or another adapter (torch.webgpu.configure({ powerPreference }))`,
			);
	}
}
