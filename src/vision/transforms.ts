export { RandomAffine, RandomRotation } from "./affine.js";
export { Compose, Lambda, Normalize, ToTensor } from "./basic.js";
export {
	CenterCrop,
	Pad,
	RandomCrop,
	RandomHorizontalFlip,
	RandomVerticalFlip,
} from "./crop.js";
export { RandomErasing } from "./erasing.js";
export { InterpolationMode } from "./interpolation.js";
export { mapImages } from "./map-images.js";
export { Resize } from "./resize.js";
export type { Image, Transform } from "./transform.js";
