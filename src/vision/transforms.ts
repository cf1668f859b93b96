export {
	RandomAffine,
	type RandomAffineOptions,
	RandomRotation,
	type RandomRotationOptions,
} from "./affine.js";
export { Compose, Lambda, Normalize, ToTensor } from "./basic.js";
export {
	CenterCrop,
	Pad,
	type Padding,
	type PaddingMode,
	type PadOptions,
	RandomCrop,
	type RandomCropOptions,
} from "./crop.js";
export { RandomErasing, type RandomErasingOptions } from "./erasing.js";
export { RandomHorizontalFlip, RandomVerticalFlip } from "./flip.js";
export { InterpolationMode } from "./interpolation.js";
export { mapImages } from "./map-images.js";
export type { Fill } from "./parameters.js";
export { Resize, type ResizeOptions } from "./resize.js";
export type { Image, Transform } from "./transform.js";
