/** How values between pixels are found. torchvision: `InterpolationMode`. */
export const InterpolationMode = {
	/** The nearest pixel. */
	NEAREST: "nearest",
	/** A weighted mean of the four pixels around. */
	BILINEAR: "bilinear",
	/** A cubic curve through the sixteen around; `Resize` only. */
	BICUBIC: "bicubic",
} as const;

/** One of the modes. */
export type InterpolationMode =
	(typeof InterpolationMode)[keyof typeof InterpolationMode];
